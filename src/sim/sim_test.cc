#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "sim/ballots.h"
#include "sim/naive_fold.h"
#include "sim/published_counts.h"
#include "sim/run.h"

namespace ostraka::sim {
namespace {

constexpr std::uint64_t k_seeds = OSTRAKA_SIM_SEEDS;  // fewer under sanitizers (CMakeLists.txt)
constexpr std::uint64_t k_shards = 4;                 // tests of their own, so that a test runner spreads them

// Named by how many seeds there are in all, so that a test runner's list shows it.
class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, EveryPromiseHoldsOnEverySeed) {
  std::set<BackendKind> backends;
  std::uint64_t counted = 0;
  RunResult sum;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = 1 + GetParam(); seed <= k_seeds; seed += k_shards) {
    const RunResult result = run({.seed = seed, .variant = Variant::none, .backend = {}});
    ASSERT_TRUE(result.violations.empty())
        << "seed " << seed << ": " << result.violations.front() << "\nagain with: ostraka-sim --seed " << seed;
    backends.insert(result.backend);
    counted += result.counted;
    sum.audits += result.audits;
    sum.publications += result.publications;
    sum.tally_starts += result.tally_starts;
    sum.late_votes += result.late_votes;
    sum.final_before_late_votes += result.final_before_late_votes;
    sum.woken += result.woken;
    sum.foreign_writes += result.foreign_writes;
    sum.miscounts += result.miscounts;
    sum.owners_restored += result.owners_restored;
    sum.tallies_restored += result.tallies_restored;
    ++runs;
  }
  // The seeds reach what they are there for.
  EXPECT_EQ(backends.size(), 3U);
  EXPECT_GT(counted, runs);
  EXPECT_GT(sum.audits, runs);            // one in the end, and some after crashes
  EXPECT_GT(sum.tally_starts, 2 * runs);  // two in every finale
  EXPECT_GT(sum.publications, 4 * runs);
  EXPECT_GT(sum.late_votes, runs);
  EXPECT_GE(sum.final_before_late_votes, runs);
  EXPECT_GT(sum.woken, runs / 4);
  EXPECT_GT(sum.foreign_writes, runs / 8);
  EXPECT_GT(sum.miscounts, runs / 10);
  EXPECT_GT(sum.owners_restored, runs / 8);
  EXPECT_GT(sum.tallies_restored, runs / 8);
}

INSTANTIATE_TEST_SUITE_P(Sim, Seeds, ::testing::Range(std::uint64_t{0}, k_shards), [](const auto& instance) {
  return std::to_string(instance.param + 1) + "_of_" + std::to_string(k_shards) + "_shards_of_" +
         std::to_string(k_seeds) + "_seeds";
});

TEST(Sim, TheSameSeedIsTheSameRun) {
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    for (const auto backend :
         {BackendKind::memory_one_writer, BackendKind::memory_many_writers, BackendKind::embedded}) {
      const RunResult first = run({.seed = seed, .variant = Variant::none, .backend = backend});
      const RunResult again = run({.seed = seed, .variant = Variant::none, .backend = backend});
      EXPECT_EQ(first.trace, again.trace) << "seed " << seed;
      EXPECT_EQ(first.answers, again.answers);
      traces.insert(first.trace);
    }
  }
  EXPECT_EQ(traces.size(), 36U);
}

// The checkers bite: every broken variant is caught, by the promise that it breaks.
struct Broken {
  Variant variant;
  BackendKind backend;
  std::string_view promise;  // what one of the violations says
};

class BrokenVariant : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenVariant, IsCaught) {
  constexpr std::uint64_t k_seeds_max = 60;
  for (std::uint64_t seed = 1; seed <= k_seeds_max; ++seed) {
    const auto [variant, backend, promise] = GetParam();
    const RunResult result = run({.seed = seed, .variant = variant, .backend = backend});
    if (std::any_of(result.violations.begin(), result.violations.end(),
                    [&](const std::string& violation) { return violation.starts_with(promise); })) {
      return;
    }
  }
  FAIL() << "none of " << k_seeds_max << " seeds caught it";
}

INSTANTIATE_TEST_SUITE_P(
    Canaries, BrokenVariant,
    ::testing::Values(
        Broken{Variant::answer_before_sync, BackendKind::memory_one_writer, "promise 1"},
        Broken{Variant::answer_before_sync, BackendKind::memory_many_writers, "promise 1"},
        Broken{Variant::answer_before_sync, BackendKind::embedded, "promise 1"},
        Broken{Variant::forget_pending_on_replay, BackendKind::memory_one_writer, "promise 1"},
        Broken{Variant::forget_pending_on_replay, BackendKind::embedded, "promise 1"},
        Broken{Variant::hide_foreign_records, BackendKind::memory_many_writers, "promise 1"},
        Broken{Variant::disk_full_is_success, BackendKind::memory_one_writer, "promise 1"},
        Broken{Variant::disk_full_is_success, BackendKind::embedded, "promise 1"},
        Broken{Variant::uncertain_is_success, BackendKind::memory_many_writers, "promise 1"},
        Broken{Variant::count_behind_marker, BackendKind::memory_one_writer, "promise 1"},
        Broken{Variant::believe_any_clock, BackendKind::memory_one_writer, "promise 5"},
        Broken{Variant::never_refresh, BackendKind::memory_one_writer, "promise 3"},
        Broken{Variant::decide_for_any_offset, BackendKind::memory_many_writers, "the elections stream"},
        Broken{Variant::tally_counts_repeats, BackendKind::memory_many_writers, "promise 6: the tally of"},
        Broken{Variant::tally_counts_behind_marker, BackendKind::memory_one_writer, "promise 6: the tally of"},
        Broken{Variant::tally_counts_behind_marker, BackendKind::embedded, "promise 5: the tally of"},
        Broken{Variant::tally_forgets_votes, BackendKind::memory_one_writer, "promise 6: the tally of"},
        Broken{Variant::tally_publishes_early, BackendKind::memory_one_writer, "promise 1: the published result"},
        Broken{Variant::tally_publishes_early, BackendKind::embedded, "promise 1: the published result"},
        Broken{Variant::tally_ahead_of_writers, BackendKind::embedded, "promise 1: the published result"},
        Broken{Variant::recount_counts_repeats, BackendKind::memory_many_writers, "promise 6: the recount of"}),
    [](const auto& instance) {
      return std::string(variant_name(instance.param.variant)) + "_" +
             std::to_string(static_cast<int>(instance.param.backend));
    });

// Two partitions of one election, both closed.
election::results::ElectionCounts final_counts() {
  election::results::ElectionCounts counts;
  counts.election = "election-0";
  for (std::uint32_t partition = 0; partition < 2; ++partition) {
    election::results::PartitionCounts of_partition;
    of_partition.partition = Partition{partition};
    of_partition.covers = Offset{9};
    of_partition.opened = of_partition.closed = true;
    of_partition.counted = 5;
    of_partition.contests = {{4, 1, 0, 0}};
    counts.partitions.push_back(of_partition);
  }
  return counts;
}

TEST(PublishedCounts, MayCoverMoreBehindTheEnd) {
  PublishedCounts published;
  auto counts = final_counts();
  EXPECT_TRUE(published.publish(counts).empty());
  counts.partitions[1].covers = Offset{11};
  counts.partitions[1].outside = 2;
  EXPECT_TRUE(published.publish(counts).empty());
}

TEST(PublishedCounts, MayNotGoBack) {
  PublishedCounts published;
  auto counts = final_counts();
  counts.partitions[0].closed = false;
  ASSERT_TRUE(published.publish(counts).empty());
  --counts.partitions[1].counted;
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 1")));
  counts.partitions[0].covers = Offset{8};
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 1")));
  counts.partitions[1].contests = {{3, 1, 0, 1}};
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 1")));
  counts.partitions[1].closed = false;
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 1")));
}

TEST(PublishedCounts, MayNotChangeOnceTheyAreFinal) {
  PublishedCounts published;
  auto counts = final_counts();
  ASSERT_TRUE(published.publish(counts).empty());
  ++counts.partitions[0].counted;
  ++counts.partitions[0].contests[0][2];
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 5")));
  ++counts.partitions[1].repeated;
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 5")));
}

TEST(PublishedCounts, MayNotHaveOtherRoundsOnceTheyAreFinal) {
  PublishedCounts published;
  auto counts = final_counts();
  counts.ranked = {{0, {{0, 9}, {1, 9}}, false, {{}, {0}}}};
  ASSERT_TRUE(published.publish(counts).empty());
  counts.ranked[0].covers[1] = 11;
  EXPECT_TRUE(published.publish(counts).empty());
  counts.ranked[0].runoff.winners = {1};
  EXPECT_THAT(published.publish(counts), ::testing::ElementsAre(::testing::StartsWith("promise 5")));
}

TEST(Ballots, HaveOneCanonicalFormAndNoOther) {
  const std::string two("\x02\x00\x02", 3);
  EXPECT_EQ(canonical_of(0x0101, Method::approval), two);
  EXPECT_EQ(ballot_of(two, Method::approval), Ballot{0x0101});
  EXPECT_FALSE(ballot_of(two, Method::single));
  EXPECT_EQ(ballot_of(canonical_of(0x0100, Method::single), Method::single), Ballot{0x0100});
  const std::string the_other_way_round("\x02\x02\x00", 3);
  EXPECT_FALSE(ballot_of(the_other_way_round, Method::approval));
  EXPECT_EQ(ballot_of(the_other_way_round, Method::ranked), Ballot{0x0102});
  EXPECT_EQ(ballot_of(std::string("\x01\x03\x00", 3), Method::score), Ballot{0x1000});
  EXPECT_FALSE(ballot_of(std::string("\x01\x03\x04", 3), Method::score));
  EXPECT_FALSE(ballot_of("", Method::approval));
}

}  // namespace
}  // namespace ostraka::sim
