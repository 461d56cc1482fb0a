// Time in a simulated run: one true time, and each node's own idea of it.
#pragma once

#include "base/clock.h"

namespace ostraka::sim {

inline constexpr std::int64_t k_start_of_time_ms = 1'700'000'000'000;

// The true time since the run began.
struct TrueTime {
  Milliseconds elapsed{0};
  WallTime wall() const { return wall_time(k_start_of_time_ms) + elapsed; }
};

// A node's clock: wall time may be off, and may jump; monotonic time is right.
class NodeClock final : public Clock {
 public:
  explicit NodeClock(const TrueTime& time) : time_(time) {}
  void set_skew(Milliseconds skew) { skew_ = skew; }
  Milliseconds skew() const { return skew_; }

  WallTime wall_now() const override { return time_.wall() + skew_; }
  MonotonicTime monotonic_now() const override { return MonotonicTime(std::chrono::seconds(1) + time_.elapsed); }

 private:
  const TrueTime& time_;
  Milliseconds skew_{0};
};

}  // namespace ostraka::sim
