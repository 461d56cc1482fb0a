// Structured logs: JSON lines on stderr. Never a token, a key, a voter key beside a choice, or a full address.
#pragma once

#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace ostraka::service {

// Makes spdlog's default logger write {"time","level","service","message"} lines to stderr; call once, first thing in
// main. Log with spdlog::info("…") and so on, from any thread; messages are escaped, a line is one write.
void start_logging(const std::string& service, const std::string& level);

// trace, debug, info, warning, error, critical, off.
std::vector<std::string> log_levels();

// The formatter of those lines, for a logger with sinks of its own.
std::unique_ptr<spdlog::formatter> json_lines(const std::string& service);

struct LogLine {
  std::string_view level;
  std::string_view service;
  std::string_view message;
};
// One line as start_logging writes it, with its newline: for those that write where no logger is.
std::string json_log_line(WallTime time, const LogLine& line);

}  // namespace ostraka::service
