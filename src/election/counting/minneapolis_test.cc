#include "election/testing/minneapolis.h"

#include <gmock/gmock.h>

#include "election/counting/runoff.h"

namespace ostraka::election::counting {
namespace {

TEST(Minneapolis, EveryCertifiedRoundIsAmongTheRounds) {
  const auto data = testing::load_minneapolis();
  if (!data) {
    GTEST_SKIP() << "the real ballots are not at " << testing::minneapolis_folder();
  }
  const Contest& contest = data->definition.contests[0];
  RankingCounts rankings;
  for (const auto& ranking : data->rankings) {
    std::vector<Choice> choices;
    for (const std::uint32_t option : ranking) {
      choices.push_back({option, 1});
    }
    rankings.add(ranking_key(choices), 1);
  }
  ASSERT_EQ(data->rankings.size(), 79'312U);
  const Runoff runoff = count_runoff(data->definition.id, contest, rankings);
  std::vector<std::map<std::string, std::uint64_t>> rounds;
  for (const RunoffRound& round : runoff.rounds) {
    auto& tally = rounds.emplace_back();
    for (const auto& [option, votes] : round.tally) {
      tally[contest.options[option].id] = votes;
    }
  }
  ASSERT_FALSE(data->rounds.empty());
  for (std::size_t i = 0; i < data->rounds.size(); ++i) {
    EXPECT_THAT(rounds, ::testing::Contains(data->rounds[i])) << "certified round " << i;
  }
  EXPECT_EQ(rounds.back(), data->final_round);
  ASSERT_EQ(runoff.winners.size(), 1U);
  EXPECT_EQ(contest.options[runoff.winners[0]].id, data->winner);
}

}  // namespace
}  // namespace ostraka::election::counting
