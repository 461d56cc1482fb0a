// Whether the wall clock may be believed for what cannot be undone. Pure.
//
// Monotonic time cannot be set; wall time can, by an operator, a time server gone wrong, or a host that was asleep. If
// the two have not moved alike since the guard was made, one of them jumped, and a close by schedule waits: for ever,
// if need be, for a command closes too. When wall time comes back, the guard agrees again.
#pragma once

#include "base/clock.h"

namespace ostraka::ballotbox {

inline constexpr Milliseconds k_clock_disagreement_max{2000};

class ClockGuard {
 public:
  ClockGuard(WallTime wall, MonotonicTime monotonic, Milliseconds disagreement_max = k_clock_disagreement_max)
      : wall_(wall), monotonic_(monotonic), disagreement_max_(disagreement_max) {}

  // How much further wall time has moved than monotonic time.
  Milliseconds disagreement(WallTime wall, MonotonicTime monotonic) const {
    return (wall - wall_) - std::chrono::duration_cast<Milliseconds>(monotonic - monotonic_);
  }
  bool agrees(WallTime wall, MonotonicTime monotonic) const {
    return std::chrono::abs(disagreement(wall, monotonic)) <= disagreement_max_;
  }

 private:
  WallTime wall_;
  MonotonicTime monotonic_;
  Milliseconds disagreement_max_;
};

}  // namespace ostraka::ballotbox
