#include "tally/core/tally_snapshots.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/check.h"
#include "election/testing/random_log.h"
#include "log/memory_log.h"
#include "snapshot/in_memory.h"

namespace ostraka::tally {
namespace {

using election::testing::EveryoneIsIssued;
using election::testing::LogMaker;
using election::testing::RandomLog;

// A random log of some elections, really in a log, and its catalogue.
class World {
 public:
  explicit World(std::uint64_t seed, std::size_t records = 300)
      : random(LogMaker(seed, EveryoneIsIssued::yes).make(records)), log(log::make_memory_log()) {
    for (const std::string& record : random.elections) {
      ostraka::check(catalogue.apply(record).has_value(), "a catalogue");
    }
    for (std::uint32_t number = 0; number < random.partitions; ++number) {
      auto appender = log->open_appender({std::string(log::k_ballots_stream), Partition{number}}).value();
      for (const std::string& record : random.ballots[number]) {
        const std::string_view view = record;
        ostraka::check(appender->append({&view, 1}).has_value(), "an append");
      }
    }
  }

  // At most so many records of each partition; calls after each of them.
  void apply(Tally& tally, std::size_t records_max, const std::function<void()>& after_each = [] {}) const {
    for (std::uint32_t number = 0; number < random.partitions; ++number) {
      TallyPartition& partition = tally.partition(Partition{number});
      const auto& records = random.ballots[number];
      while (partition.next().value < std::min(records.size(), records_max)) {
        ostraka::check(partition.apply(catalogue, partition.next(), records[partition.next().value]).has_value(), "a record");
        after_each();
      }
    }
  }
  void expect_whole(Tally& tally) const {
    Tally other(random.partitions);
    apply(other, ~std::size_t{0});
    for (const auto& definition : random.definitions) {
      const auto counts = tally.of(definition.id, catalogue);
      const auto expected = other.of(definition.id, catalogue);
      RC_ASSERT(counts.partitions == expected.partitions);
      RC_ASSERT(counts.ranked == expected.ranked);
    }
    for (std::uint32_t number = 0; number < random.partitions; ++number) {
      RC_ASSERT(tally.partition(Partition{number}).markers() == other.partition(Partition{number}).markers());
      RC_ASSERT(tally.partition(Partition{number}).unreadable() == other.partition(Partition{number}).unreadable());
      RC_ASSERT(tally.partition(Partition{number}).voters() == other.partition(Partition{number}).voters());
    }
  }

  RandomLog random;
  std::unique_ptr<log::Log> log;
  election::Catalogue catalogue;
};

constexpr snapshot::Policy k_often{.records_min = 1, .entries_per_record = 1'000, .slice_bytes = 200};

// The last whole snapshot of a tally that read so far, and took them meanwhile.
std::string taken(const World& world, std::size_t records_max) {
  Tally tally(world.random.partitions);
  snapshot::MemorySink sink;
  TallySnapshots snapshots(tally, *world.log, sink, k_often);
  std::size_t records = 0;
  world.apply(tally, records_max, [&] {
    snapshots.turn();
    if (++records % 50 == 0) {
      tally.take_changed(world.catalogue);  // rankings are handed over in between, as when they are published
    }
  });
  return sink.whole;
}

TEST(TallySnapshots, GoingOnFromOneComesToTheSame) {
  EXPECT_TRUE(rc::check("from a snapshot", [](std::uint64_t seed) {
    const World world(seed);
    const std::string whole = taken(world, *rc::gen::inRange<std::size_t>(1, 150));
    RC_PRE(!whole.empty());
    Tally tally(world.random.partitions);
    snapshot::MemorySource source(whole);
    const auto restored = restore_snapshot(tally, source, *world.log, world.catalogue);
    RC_ASSERT(restored.has_value());
    RC_ASSERT(restored->outcome == snapshot::Restored::Outcome::restored);
    world.apply(tally, ~std::size_t{0});
    world.expect_whole(tally);
  }));
}

TEST(TallySnapshots, WhatDoesNotBelongHereIsThrownAwayAndTheLogReadInstead) {
  const World world(1);
  const World other(2);
  const std::string whole = taken(other, 100);
  ASSERT_FALSE(whole.empty());
  Tally tally(world.random.partitions);
  snapshot::MemorySource source(whole);
  const auto restored = restore_snapshot(tally, source, *world.log, world.catalogue);
  if (restored) {  // else the log ends before it
    EXPECT_EQ(restored->outcome, snapshot::Restored::Outcome::thrown_away);
  }
  EXPECT_EQ(tally.partition(Partition{0}).next(), Offset{0});
  world.apply(tally, ~std::size_t{0});
  world.expect_whole(tally);
}

TEST(TallySnapshots, LogThatEndsBeforeItIsNotTakenForAShorterOne) {
  const World world(3);
  const std::string whole = taken(world, 200);
  ASSERT_FALSE(whole.empty());
  const auto empty = log::make_memory_log();
  Tally tally(world.random.partitions);
  snapshot::MemorySource source(whole);
  const auto restored = restore_snapshot(tally, source, *empty, world.catalogue);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::unavailable);
}

TEST(TallySnapshots, AnyByteThatIsAnotherThrowsItAway) {
  const World world(4, 60);
  const std::string whole = taken(world, 60);
  ASSERT_FALSE(whole.empty());
  for (std::size_t at = snapshot::k_file_header_bytes; at < whole.size(); at += 3) {
    std::string other = whole;
    other[at] = static_cast<char>(other[at] ^ 32);
    Tally tally(world.random.partitions);
    snapshot::MemorySource source(other);
    const auto restored = restore_snapshot(tally, source, *world.log, world.catalogue);
    ASSERT_TRUE(restored);
    ASSERT_EQ(restored->outcome, snapshot::Restored::Outcome::thrown_away) << at;
    ASSERT_EQ(tally.partition(Partition{0}).next(), Offset{0});
  }
}

}  // namespace
}  // namespace ostraka::tally
