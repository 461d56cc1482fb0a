// Pushes result documents to whoever watches: at once, then on change, at most four a second to each, a ping every 15
// seconds. A watcher that is slow skips documents, for they replace each other.
//
// A change goes to ten thousand watchers in small portions over a quarter of a second, because the threads that write
// it also serve votes: a burst would stand in their way (decision 0062). A few watchers are one portion.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
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

struct EventHubCounters {
  std::uint64_t documents_sent = 0;
  std::uint64_t documents_skipped = 0;  // a watcher had not taken an older one yet
};

// Thread-safe.
class EventHub {
 public:
  // The election's document, or null when nobody may see it now: its streams end then. Called from the hub's thread.
  using Look = std::function<std::shared_ptr<const ResultDocument>(const std::string& election)>;

  explicit EventHub(Look look);
  ~EventHub();

  void watch(const std::string& election, std::shared_ptr<http::EventStream> stream);
  std::size_t watchers() const { return watchers_count_; }
  EventHubCounters counters() const { return {sent_, skipped_}; }

  static std::string event_of(const ResultDocument& document);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Watcher {
    std::shared_ptr<http::EventStream> stream;
    std::shared_ptr<const ResultDocument> shown = {};
    Time sent_at = {};
  };
  // The watchers of one election, and its document as last looked at, made into an event once for all of them.
  struct Audience {
    std::vector<Watcher> watchers;
    std::shared_ptr<const ResultDocument> document;
    std::shared_ptr<const std::string> event;
  };
  struct Newcomer {
    std::string election;
    std::shared_ptr<http::EventStream> stream;
  };

  // The hub's thread.
  void run();
  void welcome(std::vector<Newcomer> newcomers);
  void begin_pass(Time now);
  void serve_portion(Time now);
  void look(const std::string& election, Audience& audience);
  void serve(Audience& audience, Watcher& watcher, Time now);

  const Look look_;
  std::atomic<std::size_t> watchers_count_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> skipped_{0};

  std::mutex mutex_;  // guards everything up to the next blank line
  std::vector<Newcomer> newcomers_;
  bool stopping_ = false;
  std::condition_variable woken_;

  // Of the hub's thread alone.
  std::map<std::string, Audience> audiences_;
  std::string pass_election_;  // where the pass goes on: this election or the next one, at this watcher
  std::size_t pass_watcher_ = 0;
  bool is_pass_over_ = true;
  std::size_t portion_ = 0;
  Time next_pass_ = {};

  std::thread thread_;
};

}  // namespace ostraka::gateway
