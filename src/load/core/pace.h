// When votes are due. Open loop: by a rate, whatever became of the votes before; a vote's latency counts from then, so
// that a server which stands still for a second is charged for every vote that was due in it, not for the one that it
// held. Closed loop (no rate): whenever somebody is free. Pure.
#pragma once

#include <chrono>
#include <cstdint>

namespace ostraka::load {

using Time = std::chrono::steady_clock::time_point;

class Pace {
 public:
  // rate: votes a second; 0 for a closed loop. Nothing is due at or after `ends`.
  Pace(double rate, Time begins, Time ends) : rate_(rate), begins_(begins), ends_(ends) {}

  bool is_open_loop() const { return rate_ > 0; }
  // REQUIRES: open loop.
  Time due(std::uint64_t vote) const {
    const double seconds = static_cast<double>(vote) / rate_;
    return begins_ + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(seconds));
  }
  bool is_over(Time time) const { return time >= ends_; }

 private:
  const double rate_;
  const Time begins_;
  const Time ends_;
};

}  // namespace ostraka::load
