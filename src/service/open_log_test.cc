#include <gtest/gtest.h>

#include "service/process.h"

namespace ostraka::service {
namespace {

TEST(OpenLog, WhatIsNoLogIsRefusedInWords) {
  for (const char* url : {"", "file://", "file://relative/path", "/data/log", "http://x", "kafka://", "kafka://a"}) {
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
