#include "gateway/core/ballot_box_routes.h"

#include <gtest/gtest.h>

namespace ostraka::gateway {
namespace {

using Held = BallotBoxState::Held;
constexpr std::uint32_t k_nobody = BallotBoxRoutes::k_nobody;
constexpr Held k_serves{true, true};
constexpr Held k_starts{false, true};
constexpr Held k_leaves{true, false};

BallotBoxState state(std::initializer_list<std::pair<const Partition, Held>> held, bool answers = true) {
  return {held, answers};
}

BallotBoxRoutes from(std::vector<std::uint32_t> box_of) { return {std::move(box_of), {}}; }

TEST(BallotBoxRoutes, EachPartitionGoesToTheOneThatServesIt) {
  const BallotBoxStates states{state({{Partition{0}, k_serves}}), state({{Partition{1}, k_serves}})};
  const BallotBoxRoutes routes = routes_of(states, 3, {});
  EXPECT_EQ(routes.box_of, (std::vector<std::uint32_t>{0, 1, k_nobody}));
  EXPECT_EQ(routes.is_lost, (std::vector<bool>{false, false}));
  EXPECT_EQ(what_nobody_serves(routes), "no ballot box serves partition 2");
  EXPECT_EQ(what_nobody_serves(routes_of(states, 2, {})), "");
}

TEST(BallotBoxRoutes, OneThatLeavesKeepsAPartitionUntilTheNewOneServesIt) {
  BallotBoxStates states{state({{Partition{0}, k_leaves}}), state({{Partition{0}, k_starts}})};
  EXPECT_EQ(routes_of(states, 1, from({0})).box_of, (std::vector<std::uint32_t>{0}));
  states[1]->held[Partition{0}] = k_serves;
  EXPECT_EQ(routes_of(states, 1, from({0})).box_of, (std::vector<std::uint32_t>{1}));
}

TEST(BallotBoxRoutes, OfTwoThatBothHaveItInTheirShareTheOneThatHasItKeepsIt) {
  const BallotBoxStates states{state({{Partition{0}, k_serves}}), state({{Partition{0}, k_serves}})};
  EXPECT_EQ(routes_of(states, 1, from({0})).box_of, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(routes_of(states, 1, from({1})).box_of, (std::vector<std::uint32_t>{1}));
}

TEST(BallotBoxRoutes, OneThatIsSlowKeepsWhatNobodyElseHasAndLosesTheRest) {
  BallotBoxStates states{state({{Partition{0}, k_serves}, {Partition{1}, k_serves}}, false),
                         state({{Partition{1}, k_serves}})};
  BallotBoxRoutes routes = routes_of(states, 2, from({0, 0}));
  EXPECT_EQ(routes.box_of, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_FALSE(routes.is_lost[0]) << "it may only be busy";
  states[1]->held[Partition{0}] = k_serves;
  routes = routes_of(states, 2, routes);
  EXPECT_EQ(routes.box_of, (std::vector<std::uint32_t>{1, 1}));
  EXPECT_TRUE(routes.is_lost[0]);
}

TEST(BallotBoxRoutes, OneThatCannotWriteKeepsItsVotesAndIsNamed) {
  const BallotBoxStates states{state({{Partition{0}, {true, true, false}}}), state({{Partition{1}, k_serves}})};
  const BallotBoxRoutes routes = routes_of(states, 2, {});
  EXPECT_EQ(routes.box_of, (std::vector<std::uint32_t>{0, 1})) << "it knows who has voted already";
  EXPECT_EQ(who_cannot_write(routes, states), 0U);
  EXPECT_EQ(who_cannot_write(from({1, 1}), states), std::nullopt);
}

TEST(BallotBoxRoutes, OneThatIsGoneIsLost) {
  const BallotBoxStates states{std::nullopt, state({{Partition{0}, k_starts}})};
  const BallotBoxRoutes routes = routes_of(states, 1, from({0}));
  EXPECT_EQ(routes.box_of, (std::vector<std::uint32_t>{k_nobody}));
  EXPECT_EQ(routes.is_lost, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace ostraka::gateway
