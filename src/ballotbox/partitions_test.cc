#include "ballotbox/partitions.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "ballotbox/core/owner_fixture.h"

namespace ostraka::ballotbox {
namespace {

using Taken = PartitionThread::Taken;

// One partition, whose log is in memory.
class PartitionsTest : public OwnerFixture {
 protected:
  PartitionsTest() { set_election("song", election::State::open); }

  Partitions::Make make() {
    return [this](Partition partition) {
      ++made_;
      PartitionThreadHooks hooks;
      hooks.on_group_commit = [](std::size_t) {};
      hooks.on_failure = [](Partition, const Error& error) { ADD_FAILURE() << error.message; };
      const auto start = [this] {
        return PartitionOwner::start({}, log_, clock_, rules_, [this]() -> Result<ElectionsView> { return stream_; });
      };
      return std::make_unique<PartitionThread>(partition, clock_, start, std::move(hooks));
    };
  }
  static std::shared_ptr<PartitionThread> serving(const Partitions& partitions) {
    const auto partition = partitions.find(k_partition);
    while (partition && !partition->status().serves) {
      std::this_thread::yield();
    }
    return partition;
  }
  CastOutcome cast_with(PartitionThread& partition, std::uint8_t number) {
    const std::string ballot_token = token(voter(number));
    std::promise<CastOutcome> outcome;
    CastWork work;
    work.inputs = {{"song", ballot_token, "1"}};
    work.done = [&outcome](std::span<CastAnswer> answers) { outcome.set_value(answers[0].outcome); };
    return partition.cast(std::move(work)) == Taken::yes ? outcome.get_future().get() : CastOutcome::not_taken;
  }

  static constexpr Partition k_partition{0};
  std::atomic<int> made_{0};
};

TEST_F(PartitionsTest, WithoutAShareNothingIsServedAndThatIsSaid) {
  Partitions partitions(make());
  EXPECT_EQ(partitions.find(k_partition), nullptr);
  EXPECT_NE(why_not_ready(partitions), "");
  partitions.take_share({});
  EXPECT_EQ(why_not_ready(partitions), "") << "it stands by";
}

TEST_F(PartitionsTest, WhatLeavesIsServedWhileSomebodyAsksAndThenLetGo) {
  Partitions partitions(make(), {std::chrono::milliseconds(1'500), std::chrono::minutes(1)});
  partitions.take_share({k_partition});
  const auto partition = serving(partitions);
  EXPECT_EQ(cast_with(*partition, 1), CastOutcome::counted);
  partitions.take_share({});
  EXPECT_EQ(cast_with(*partition, 2), CastOutcome::counted);
  ASSERT_EQ(partitions.held().size(), 1U);
  EXPECT_FALSE(partitions.held()[0].in_share);
  while (partitions.find(k_partition)) {
    std::this_thread::yield();
  }
  while (cast_with(*partition, 3) != CastOutcome::not_taken) {
    std::this_thread::yield();  // it is being stopped
  }
}

TEST_F(PartitionsTest, WhatLeavesAndComesBackIsServedWithoutABreak) {
  Partitions partitions(make());
  partitions.take_share({k_partition});
  const auto partition = serving(partitions);
  partitions.take_share({});
  partitions.take_share({k_partition});
  EXPECT_EQ(partitions.find(k_partition), partition);
  EXPECT_TRUE(partitions.held()[0].in_share);
  EXPECT_EQ(made_, 1);
  EXPECT_EQ(cast_with(*partition, 1), CastOutcome::counted);
}

TEST_F(PartitionsTest, WhatIsAskedForWithoutAnEndIsLetGoAllTheSame) {
  Partitions partitions(make(), {std::chrono::minutes(1), std::chrono::milliseconds(600)});
  partitions.take_share({k_partition});
  const auto partition = serving(partitions);
  partitions.take_share({});
  std::uint8_t number = 0;
  while (cast_with(*partition, number) != CastOutcome::not_taken) {
    number = (number + 1) % 200;
  }
  EXPECT_EQ(partitions.find(k_partition), nullptr);
}

TEST_F(PartitionsTest, WhoLeavesWaitsForQuietAndNotForLonger) {
  Partitions partitions(make());
  partitions.take_share({k_partition});
  serving(partitions);
  const auto begun = std::chrono::steady_clock::now();
  partitions.leave(std::chrono::milliseconds(50), std::chrono::minutes(1));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  EXPECT_EQ(cast_with(*partitions.find(k_partition), 1), CastOutcome::counted) << "until stop()";
  partitions.leave(std::chrono::minutes(1), std::chrono::milliseconds(50));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(40));
}

TEST_F(PartitionsTest, BehindAStopNothingIsBegun) {
  Partitions partitions(make());
  partitions.stop();
  partitions.take_share({k_partition});
  EXPECT_EQ(made_, 0);
}

}  // namespace
}  // namespace ostraka::ballotbox
