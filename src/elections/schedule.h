// Opens and closes elections by the clock, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock_guard.h"
#include "elections/election_desk.h"

namespace ostraka::elections {

class Schedule {
 public:
  // Both outlive it. `on_failure` runs on its thread when the desk is no longer healthy: the process has to end.
  Schedule(ElectionDesk& desk, const Clock& clock, std::function<void(const Error&)> on_failure);
  ~Schedule();

  // An end has passed and is not acted on because wall and monotonic time disagree: an alarm.
  bool closing_waits() const { return closing_waits_; }

 private:
  void run();
  bool act_on_what_is_due();
  Milliseconds time_to_sleep() const;

  ElectionDesk& desk_;
  const Clock& clock_;
  const std::function<void(const Error&)> on_failure_;
  const ClockGuard guard_;
  std::atomic<bool> closing_waits_{false};
  std::mutex mutex_;  // guards stopping_
  bool stopping_ = false;
  std::condition_variable stop_;
  std::thread thread_;
};

}  // namespace ostraka::elections
