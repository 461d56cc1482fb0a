#include "cli/partitions.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cli/test_directory.h"

namespace ostraka::cli {
namespace {

TEST(Partitions, ANewLogHasAFewByTheMachineOrAsAskedFor) {
  const TestDirectory directory;
  const std::string log = directory.path() + "/log";
  EXPECT_EQ(partitions_of_log(log, std::nullopt, 2).value(), 1U);
  EXPECT_EQ(partitions_of_log(log, std::nullopt, 16).value(), 4U);
  EXPECT_EQ(partitions_of_log(log, 7, 2).value(), 7U);
}

TEST(Partitions, ALogKeepsWhatItWasBegunWith) {
  const TestDirectory directory;
  const std::string log = directory.path() + "/log";
  std::filesystem::create_directories(log + "/elections/0");
  EXPECT_EQ(partitions_of_log(log, 4, 2).value(), 4U) << "elections have one partition whatever the others have";
  for (const char* name : {"/issuances/0", "/issuances/1", "/issuances/2", "/ballots/0"}) {
    std::filesystem::create_directories(log + name);
  }
  EXPECT_EQ(partitions_of_log(log, std::nullopt, 2).value(), 3U) << "the first start was cut short";
  EXPECT_EQ(partitions_of_log(log, 3, 2).value(), 3U);
  EXPECT_EQ(partitions_of_log(log, 4, 2).error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace ostraka::cli
