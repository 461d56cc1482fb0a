#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/process.h"

namespace ostraka::service {
namespace {

TEST(OpenLog, WhatIsNoLogIsRefusedInWords) {
  EXPECT_THAT(open_log("kafka://a:9092,b:9092").error().message, testing::HasSubstr("not in this version"));
  for (const char* url : {"", "file://", "file://relative/path", "/data/log", "http://x"}) {
    ASSERT_FALSE(open_log(url)) << url;
    EXPECT_EQ(open_log(url).error().kind, ErrorKind::invalid);
  }
}

TEST(OpenLog, ADirectoryIsTheEmbeddedLog) {
  const auto log = open_log("file://" + testing::TempDir() + "ostraka_open_log_" + std::to_string(getpid()));
  ASSERT_TRUE(log) << log.error().message;
  const auto reader = (*log)->open_reader({std::string(log::k_elections_stream), Partition{0}}, Offset{0});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->end()->value, 0U);
}

}  // namespace
}  // namespace ostraka::service
