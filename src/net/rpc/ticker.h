// One thread that calls its listeners every few milliseconds: deadlines and reconnects need no precision, and one
// sleeping thread is cheaper than a timer for each request.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace ostraka::rpc {

inline constexpr std::chrono::milliseconds k_tick{10};

// Thread-safe. Must outlive its listeners' registrations.
class Ticker {
 public:
  Ticker();
  ~Ticker();
  std::uint64_t add(std::function<void()> listener);
  // When it returns, the listener is not running and never will again. Not from a listener.
  void remove(std::uint64_t id);

 private:
  void run();

  std::mutex mutex_;  // guards everything below; held while listeners run
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t next_id_ = 1;
  bool stopping_ = false;
  std::condition_variable stop_;
  std::thread thread_;
};

}  // namespace ostraka::rpc
