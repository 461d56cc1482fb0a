#include "service/logging.h"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace ostraka::service {
namespace {

// Bytes that are not UTF-8 become U+FFFD: a line that a reader cannot parse is a line that nobody reads.
std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class JsonLines final : public spdlog::formatter {
 public:
  explicit JsonLines(std::string service) : service_(std::move(service)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto line = json_log_line(std::chrono::time_point_cast<Milliseconds>(message.time),
                                    {spdlog::level::to_string_view(message.level).data(),
                                     service_,
                                     {message.payload.data(), message.payload.size()}});
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(service_); }

 private:
  std::string service_;
};

}  // namespace

std::string json_log_line(WallTime time, const LogLine& line) {
  return fmt::format("{{\"time\":\"{}\",\"level\":{},\"service\":{},\"message\":{}}}\n", to_rfc3339(time),
                     quoted(line.level), quoted(line.service), quoted(line.message));
}

std::unique_ptr<spdlog::formatter> json_lines(const std::string& service) {
  return std::make_unique<JsonLines>(service);
}

std::vector<std::string> log_levels() {
  return {"trace", "debug", "info", "warning", "error", "critical", "off"};
}

void start_logging(const std::string& service, const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>(service, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(json_lines(service));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace ostraka::service
