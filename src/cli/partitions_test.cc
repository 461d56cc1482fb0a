#include "cli/partitions.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cli/test_directory.h"

namespace ostraka::cli {
namespace {

class PartitionsTest : public testing::Test {
 protected:
  Result<std::uint32_t> settle(std::optional<std::uint32_t> asked_for, unsigned cores = 2) {
    return settle_partitions({log_, note_, asked_for, cores});
  }

  TestDirectory directory_;
  const std::string log_ = directory_ / "log";
  const std::string note_ = directory_ / "partitions";
};

TEST_F(PartitionsTest, ANewLogHasAFewByTheMachine) { EXPECT_EQ(settle(std::nullopt, 16).value(), 4U); }

TEST_F(PartitionsTest, ASmallMachineHasOne) { EXPECT_EQ(settle(std::nullopt, 2).value(), 1U); }

TEST_F(PartitionsTest, WhatWasAskedForAtFirstStaysWhateverOfItIsThere) {
  EXPECT_EQ(settle(7).value(), 7U);
  std::filesystem::create_directories(log_ + "/issuances/1");  // the first start was cut short here
  EXPECT_EQ(settle(7).value(), 7U);
  EXPECT_EQ(settle(std::nullopt, 64).value(), 7U);
  EXPECT_EQ(settle(4).error().kind, ErrorKind::conflict);
}

TEST_F(PartitionsTest, ALogWithoutANoteKeepsWhatItHas) {
  std::filesystem::create_directories(log_ + "/elections/0");
  for (const char* name : {"/issuances/0", "/issuances/1", "/issuances/2", "/ballots/0"}) {
    std::filesystem::create_directories(log_ + name);
  }
  EXPECT_EQ(settle(4).error().kind, ErrorKind::conflict);
  EXPECT_EQ(settle(std::nullopt).value(), 3U);
  EXPECT_EQ(settle(3).value(), 3U);
}

TEST_F(PartitionsTest, ElectionsHaveOnePartitionWhateverTheOthersHave) {
  std::filesystem::create_directories(log_ + "/elections/0");
  EXPECT_EQ(settle(4).value(), 4U);
}

TEST_F(PartitionsTest, ANoteThatIsNoNumberIsDamage) {
  directory_.write("partitions", "some\n");
  EXPECT_EQ(settle(std::nullopt).error().kind, ErrorKind::damaged);
}

}  // namespace
}  // namespace ostraka::cli
