#include "service/logging.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ostraka::service {
namespace {

TEST(Logging, ALineIsOneJsonDocumentWhateverTheMessage) {
  const std::string nasty = "a \"quote\", a \\ and a\nnew line \x01 \xff ü";
  const std::string line = json_log_line(wall_time(1'767'225'600'123), {"info", "tally", nasty});
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto read = nlohmann::json::parse(line);
  EXPECT_EQ(read["time"], "2026-01-01T00:00:00.123Z");
  EXPECT_EQ(read["level"], "info");
  EXPECT_EQ(read["service"], "tally");
  EXPECT_EQ(read["message"], "a \"quote\", a \\ and a\nnew line \x01 \xEF\xBF\xBD ü");
}

TEST(Logging, LinesGoToStderrFromTheChosenLevelOn) {
  start_logging("tally", "warning");
  testing::internal::CaptureStderr();
  spdlog::info("too quiet");
  spdlog::warn("{} of {}", 1, 2);
  const auto read = nlohmann::json::parse(testing::internal::GetCapturedStderr());
  EXPECT_EQ(read["message"], "1 of 2");
  EXPECT_EQ(read["level"], "warning");
}

TEST(Logging, EveryLevelIsOneThatTheLoggerKnows) {
  for (const std::string& level : log_levels()) {
    EXPECT_EQ(spdlog::level::from_str(level) == spdlog::level::off, level == "off") << level;
  }
}

}  // namespace
}  // namespace ostraka::service
