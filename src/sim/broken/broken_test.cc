// The checkers bite: whatever break the product has, they notice, each by the promise that it breaks.
#include <gtest/gtest.h>

#include <set>

#include "sim/broken/breaks.h"

namespace ostraka::sim {
namespace {

constexpr std::uint64_t k_seeds_max = 300;

class EveryBreak : public ::testing::TestWithParam<KnownBreak> {};

TEST_P(EveryBreak, IsCaught) {
  const auto caught = catch_break(GetParam(), k_seeds_max);
  ASSERT_TRUE(caught) << "none of " << k_seeds_max << " seeds caught it";
  RecordProperty("seed", static_cast<int>(caught->seed));
}

INSTANTIATE_TEST_SUITE_P(Sim, EveryBreak, ::testing::ValuesIn(known_breaks().begin(), known_breaks().end()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Breaks, AreAllKnownAndAllDifferent) {
  std::set<Break> breaks;
  std::set<std::string_view> names;
  for (const KnownBreak& known : known_breaks()) {
    breaks.insert(known.what);
    names.insert(known.name);
  }
  // none is the first, and this the last.
  EXPECT_EQ(breaks.size(), static_cast<std::size_t>(Break::recount_counts_repeats));
  EXPECT_EQ(names.size(), breaks.size());
}

// Built like this, and with nothing broken, it is still the product.
TEST(Breaks, NoneOfThemIsOnByItself) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const RunResult result = run({.seed = seed, .variant = Variant::none, .backend = {}});
    ASSERT_TRUE(result.violations.empty()) << "seed " << seed << ": " << result.violations.front();
  }
}

}  // namespace
}  // namespace ostraka::sim
