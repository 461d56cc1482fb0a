// How long to wait before the next try: doubling from a first pause to a longest one, each shortened by chance to
// between a half and the whole, so that many that failed together do not come back together. Pure.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace ostraka::cli {

class Backoff {
 public:
  struct Limits {
    Milliseconds first;
    Milliseconds longest;
  };
  explicit Backoff(Limits limits) : limits_(limits), next_(limits.first) {}

  // REQUIRES: 0 <= chance < 1.
  Milliseconds next(double chance) {
    const Milliseconds whole = next_;
    next_ = std::min(next_ * 2, limits_.longest);
    return std::chrono::duration_cast<Milliseconds>(whole * (0.5 + chance / 2));
  }
  void reset() { next_ = limits_.first; }

 private:
  Limits limits_;
  Milliseconds next_;
};

}  // namespace ostraka::cli
