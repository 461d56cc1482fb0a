#include "io/fatal.h"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "io/fatal_line.h"

namespace ostraka::io {
namespace {

using nlohmann::json;

const WallTime k_then = from_rfc3339("2026-03-04T05:06:07.089Z").value();

std::string line_of(std::string_view service, std::string_view message) {
  std::array<char, k_fatal_line_bytes_max> out;
  out.fill('x');
  const std::size_t bytes = format_fatal_line({k_then, service, message}, out);
  return {out.data(), bytes};
}

std::string message_of(std::string_view message) {
  const std::string line = line_of("identity", message);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
  return json::parse(line).at("message").get<std::string>();
}

TEST(FatalLines, AreFormedAsEveryOtherLogLine) {
  EXPECT_EQ(line_of("identity", "sync of /data/1.segment: Input/output error"),
            "{\"time\":\"2026-03-04T05:06:07.089Z\",\"level\":\"critical\",\"service\":\"identity\","
            "\"message\":\"storage failed: sync of /data/1.segment: Input/output error\"}\n");
}

TEST(FatalLines, TheTimeIsTheSameAsElsewhere) {
  for (const char* const text : {"1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "2099-12-31T00:00:00.001Z"}) {
    std::array<char, k_fatal_line_bytes_max> out;
    const WallTime time = from_rfc3339(text).value();
    const std::size_t bytes = format_fatal_line({time, "s", "m"}, out);
    EXPECT_EQ(json::parse(out.data(), out.data() + bytes).at("time"), to_rfc3339(time));
  }
}

TEST(FatalLines, AnyTextIsEscaped) {
  std::string controls;
  for (char c = 0; c < 0x20; ++c) {
    controls += c;
  }
  for (const std::string& text : {std::string("\"}\n{\"level\":\"info"), std::string("a\\b\\"), controls,
                                  std::string("Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x97\xB3 \x7F")}) {
    EXPECT_EQ(message_of(text), "storage failed: " + text);
  }
  EXPECT_EQ(json::parse(line_of("a\"b", "")).at("service"), "a\"b");
}

TEST(FatalLines, BytesThatAreNotUtf8AreReplaced) {
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_EQ(message_of("a\xFF"
                       "b"),
            "storage failed: a" + unknown + "b");
  EXPECT_EQ(message_of("\xC3"), "storage failed: " + unknown);
  for (const char* const bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x8F\xBF\xBF",
                                "\xF5\x80\x80\x80", "\xE2\x82", "\x80"}) {
    std::string expected = "storage failed: ";
    for (std::size_t i = 0; i < std::string_view(bad).size(); ++i) {
      expected += unknown;
    }
    EXPECT_EQ(message_of(bad), expected);
  }
}

TEST(FatalLines, ALongMessageIsCutBetweenCharacters) {
  for (const std::string& unit :
       {std::string("a"), std::string("\xE2\x82\xAC"), std::string("\n"), std::string("\xFF")}) {
    for (std::size_t shift = 0; shift < 7; ++shift) {
      std::string message(shift, 'a');
      while (message.size() < 2 * k_fatal_line_bytes_max) {
        message += unit;
      }
      const std::string line = line_of("identity", message);
      EXPECT_LE(line.size(), k_fatal_line_bytes_max);
      EXPECT_GT(line.size(), k_fatal_line_bytes_max - 8) << "no more is cut than must be";
      EXPECT_TRUE(json::accept(line)) << line;
      EXPECT_EQ(line.back(), '\n');
    }
  }
  EXPECT_TRUE(json::accept(line_of(std::string(2 * k_fatal_line_bytes_max, '"'), "m")));
}

TEST(FatalLines, TheServiceIsTheProgramsNameWithoutThePrefix) {
  EXPECT_EQ(service_name_of("ostraka-ballotbox"), "ballotbox");
  EXPECT_EQ(service_name_of("ostraka"), "ostraka");
  EXPECT_EQ(service_name_of("io_test"), "io_test");
}

TEST(FatalDeathTest, TheProcessEndsWithItsExitCodeAndSaysWhy) {
  EXPECT_EXIT(exit_on_storage_failure()("sync \"x\""), testing::ExitedWithCode(k_exit_storage_failed),
              "\"level\":\"critical\",\"service\":\"io_test\",\"message\":\"storage failed: sync ..x..\"");
}

}  // namespace
}  // namespace ostraka::io
