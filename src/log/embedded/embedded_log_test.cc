#include "log/embedded/embedded_log.h"

#include <gtest/gtest.h>

#include "log/embedded/test_directory.h"

namespace ostraka::log {
namespace {

TEST(EmbeddedLog, AppendsReadsAndGoesOnAfterReopening) {
  const TestDirectory directory;
  const PartitionName name{"ballots", Partition{3}};
  for (std::uint64_t round = 0; round < 3; ++round) {
    auto log = open_embedded_log(directory.path() + "/a/b", {});
    ASSERT_TRUE(log);
    auto appender = (*log)->open_appender(name);
    ASSERT_TRUE(appender) << appender.error().message;
    const std::string_view records[] = {"one", "two"};
    EXPECT_EQ((*appender)->append(records).value(), Offset{2 * round});
    EXPECT_EQ((*appender)->end(), Offset{2 * round + 2});
    auto reader = (*log)->open_reader(name, Offset{});
    ASSERT_TRUE(reader) << reader.error().message;
    std::uint64_t count = 0;
    while (count < 2 * round + 2) {
      auto read = (*reader)->read();
      ASSERT_TRUE(read) << read.error().message;
      ASSERT_FALSE(read->records.empty());
      count += read->records.size();
    }
    EXPECT_EQ(count, 2 * round + 2);
    EXPECT_TRUE((*reader)->read()->records.empty());
  }
}

}  // namespace
}  // namespace ostraka::log
