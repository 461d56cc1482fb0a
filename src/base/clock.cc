#include "base/clock.h"

#include <fmt/core.h>

#include <ctime>

namespace ostraka {

namespace {

class SystemClock final : public Clock {
 public:
  WallTime wall_now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
  // CLOCK_BOOTTIME goes on while the machine is suspended, as wall time does.
  MonotonicTime monotonic_now() const override {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return MonotonicTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
};

// Exactly `digits` decimal digits from the front of `text`, or -1.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) {
    return -1;
  }
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

// The fraction behind the seconds, in milliseconds; -1 when there is a point without digits.
int take_fraction(std::string_view& text) {
  if (!take_char(text, ".")) {
    return 0;
  }
  int milliseconds = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) {
      milliseconds = milliseconds * 10 + (text.front() - '0');
    }
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) {
    return -1;
  }
  for (int i = digits; i < 3; ++i) {
    milliseconds *= 10;
  }
  return milliseconds;
}

// The offset from UTC in minutes at the end of the text; empty when there is none or something follows.
std::optional<int> take_utc_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return 0;
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = take_number(text, 2);
  const bool colon = take_char(text, ":");
  const int minutes = take_number(text, 2);
  if (hours < 0 || hours > 23 || !colon || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  return sign * (hours * 60 + minutes);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_rfc3339(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto rest = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3'600'000,
                     rest / 60'000 % 60, rest / 1'000 % 60, rest % 1'000);
}

std::optional<WallTime> from_rfc3339(std::string_view text) {
  const int year = take_number(text, 4);
  const bool dash1 = take_char(text, "-");
  const int month = take_number(text, 2);
  const bool dash2 = take_char(text, "-");
  const int day = take_number(text, 2);
  const bool separator = take_char(text, "Tt");
  const int hour = take_number(text, 2);
  const bool colon1 = take_char(text, ":");
  const int minute = take_number(text, 2);
  const bool colon2 = take_char(text, ":");
  const int second = take_number(text, 2);
  const int fraction = take_fraction(text);
  const std::optional<int> offset = take_utc_offset(text);
  if (year < 0 || month < 0 || day < 0 || !dash1 || !dash2 || !separator || !colon1 || !colon2 || hour < 0 ||
      hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 || fraction < 0 || !offset) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute - *offset) +
         std::chrono::seconds(second) + Milliseconds(fraction);
}

}  // namespace ostraka
