// The last line of a process that storage betrayed, in the form of every other log line (service/logging.h). Written
// with neither heap nor locks, both of which may be what is broken.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/clock.h"

namespace ostraka::io {

inline constexpr std::size_t k_fatal_line_bytes_max = 4096;  // a longer message is cut between two characters
inline constexpr std::size_t k_fatal_service_bytes_max = 64;

struct FatalLine {
  WallTime time;
  std::string_view service;
  std::string_view message;
};

// {"time","level":"critical","service","message"} with its newline: valid JSON whatever the texts hold (bytes that are
// not UTF-8 become U+FFFD). Returns its length.
std::size_t format_fatal_line(const FatalLine& line, std::span<char, k_fatal_line_bytes_max> out);

// The name under which a program's lines are logged: its file name without "ostraka-".
std::string_view service_name_of(std::string_view program);

}  // namespace ostraka::io
