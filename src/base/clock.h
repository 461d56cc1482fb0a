// Time is handed in: no core reads a clock. Wall time names moments (windows, expiry), monotonic time measures spans
// (deadlines, rates). The two are different types, so that they cannot be subtracted from each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ostraka {

using Milliseconds = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<Milliseconds>;

struct MonotonicTag {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  static constexpr bool is_steady = true;
};
using MonotonicTime = std::chrono::time_point<MonotonicTag, std::chrono::nanoseconds>;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;
  virtual MonotonicTime monotonic_now() const = 0;
};

// The machine's clocks. Lives for the whole process.
const Clock& system_clock();

inline std::int64_t to_milliseconds(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime wall_time(std::int64_t milliseconds) { return WallTime(Milliseconds(milliseconds)); }

// RFC 3339 in UTC with milliseconds: 2026-01-01T00:00:00.000Z.
std::string to_rfc3339(WallTime time);
// Any RFC 3339 date-time with offset; finer than milliseconds is cut. Empty for anything else.
std::optional<WallTime> from_rfc3339(std::string_view text);

}  // namespace ostraka
