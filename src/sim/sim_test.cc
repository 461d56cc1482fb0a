#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "sim/ballots.h"
#include "sim/naive_fold.h"
#include "sim/run.h"

namespace ostraka::sim {
namespace {

constexpr std::uint64_t k_seeds = 2000;
constexpr std::uint64_t k_shards = 4;  // tests of their own, so that a test runner spreads them

class SimShard : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(SimShard, EveryPromiseHoldsOnEverySeed) {
  std::set<BackendKind> backends;
  std::uint64_t counted = 0;
  for (std::uint64_t seed = 1 + GetParam(); seed <= k_seeds; seed += k_shards) {
    const RunResult result = run({.seed = seed, .variant = Variant::none, .backend = {}});
    ASSERT_TRUE(result.violations.empty())
        << "seed " << seed << ": " << result.violations.front() << "\nagain with: ostraka-sim --seed " << seed;
    backends.insert(result.backend);
    counted += result.counted;
  }
  // The seeds reach what they are there for.
  EXPECT_EQ(backends.size(), 3U);
  EXPECT_GT(counted, k_seeds / k_shards);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimShard, ::testing::Range(std::uint64_t{0}, k_shards));

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
    ::testing::Values(Broken{Variant::answer_before_sync, BackendKind::memory_one_writer, "promise 1"},
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
                      Broken{Variant::never_refresh, BackendKind::memory_one_writer, "promise 3"}),
    [](const auto& instance) {
      return std::string(variant_name(instance.param.variant)) + "_" +
             std::to_string(static_cast<int>(instance.param.backend));
    });

TEST(Ballots, HaveOneCanonicalFormAndNoOther) {
  EXPECT_EQ(canonical_of(0b0101), std::string("\x02\x00\x02", 3));
  EXPECT_EQ(ballot_of(canonical_of(0b0101), true), Ballot{0b0101});
  EXPECT_FALSE(ballot_of(canonical_of(0b0101), false));
  EXPECT_EQ(ballot_of(canonical_of(0b0100), false), Ballot{0b0100});
  EXPECT_FALSE(ballot_of(std::string("\x02\x02\x00", 3), true));
  EXPECT_FALSE(ballot_of("", true));
}

}  // namespace
}  // namespace ostraka::sim
