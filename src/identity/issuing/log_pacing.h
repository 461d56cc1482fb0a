// What may happen with every request must not fill a disk with lines about itself: who asks here first logs the first
// line at once, and then as often as an operator can read. Thread-safe. Nothing is logged here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ostraka::identity {

inline constexpr std::chrono::seconds k_failed_append_line_interval{5};
inline constexpr std::chrono::seconds k_same_alarm_interval{10};
inline constexpr std::size_t k_paced_messages_max = 1'024;  // beyond, new messages wait until an old one is due again

// One kind of line, whatever it says.
class PacedLine {
 public:
  PacedLine(const Clock& clock, std::chrono::nanoseconds interval) : clock_(clock), interval_(interval) {}

  // How many were held back since the last line, when one may be logged now; empty holds this one back.
  std::optional<std::uint64_t> due();

 private:
  const Clock& clock_;
  const std::chrono::nanoseconds interval_;
  std::mutex mutex_;  // guards everything below
  std::optional<MonotonicTime> logged_at_;
  std::uint64_t held_back_ = 0;
};

// Lines that are told apart by their text: one that says something new is never held back by another.
class PacedMessages {
 public:
  PacedMessages(const Clock& clock, std::chrono::nanoseconds interval) : clock_(clock), interval_(interval) {}

  // Whether this very message may be logged now.
  [[nodiscard]] bool due(std::string_view message);

 private:
  const Clock& clock_;
  const std::chrono::nanoseconds interval_;
  std::mutex mutex_;                                             // guards everything below
  std::map<std::string, MonotonicTime, std::less<>> logged_at_;  // no older than the interval after each insertion
};

}  // namespace ostraka::identity
