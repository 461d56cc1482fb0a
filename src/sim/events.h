// What happens when: callbacks in order of simulated time, ties in the order in which they were planned.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "sim/clock.h"

namespace ostraka::sim {

class Events {
 public:
  explicit Events(TrueTime& time) : time_(time) {}

  void in(Milliseconds delay, std::function<void()> what) {
    planned_.emplace(std::pair(time_.elapsed + delay, next_number_++), std::move(what));
  }
  // Everything due up to `until`; time stands there afterwards.
  void run_until(Milliseconds until) {
    while (!planned_.empty() && planned_.begin()->first.first <= until) {
      auto next = planned_.extract(planned_.begin());
      time_.elapsed = next.key().first;
      next.mapped()();
    }
    time_.elapsed = until;
  }

 private:
  TrueTime& time_;
  std::uint64_t next_number_ = 0;
  std::map<std::pair<Milliseconds, std::uint64_t>, std::function<void()>> planned_;
};

}  // namespace ostraka::sim
