// Structured logs: JSON lines on stderr. Never a token, a key, a voter key beside a choice, or a full address.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace ostraka::service {

// Makes spdlog's default logger write {"time","level","service","message"} lines to stderr; call once, first thing in
// main. Log with spdlog::info("…") and so on; messages are escaped.
void start_logging(const std::string& service, const std::string& level);

}  // namespace ostraka::service
