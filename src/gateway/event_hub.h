// Pushes result documents to whoever watches: at once, then on change, at most four a second to each, a ping every 15
// seconds. A watcher that is slow skips documents, for they replace each other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/results_feed.h"
#include "net/http/server.h"

namespace ostraka::gateway {

// Thread-safe.
class EventHub {
 public:
  // The election's document, or null when nobody may see it now: its streams end then. Called from the hub's thread.
  using Look = std::function<std::shared_ptr<const ResultDocument>(const std::string& election)>;

  explicit EventHub(Look look);
  ~EventHub();

  void watch(const std::string& election, std::shared_ptr<http::EventStream> stream);
  std::size_t watchers() const;

  static std::string event_of(const ResultDocument& document);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Watcher {
    std::shared_ptr<http::EventStream> stream;
    std::shared_ptr<const ResultDocument> shown;
    Time sent_at;
  };

  void run();
  void serve(const std::string& election, std::vector<Watcher>& watchers, Time now);

  const Look look_;
  mutable std::mutex mutex_;  // guards everything up to the next blank line
  std::map<std::string, std::vector<Watcher>> watchers_;
  bool stopping_ = false;
  std::condition_variable stop_;

  std::thread thread_;
};

}  // namespace ostraka::gateway
