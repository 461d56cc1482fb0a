#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <map>

#include "crypto/digest.h"
#include "election/counting/ranking_counts.h"
#include "election/counting/runoff.h"
#include "election/counting/tie_break.h"
#include "election/counting/votes.h"
#include "election/testing/random_election.h"

namespace ostraka::election::counting {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Contest contest_of(Method method, std::size_t options) {
  Contest contest;
  contest.id = "c";
  contest.method = method;
  for (std::size_t i = 0; i < options; ++i) {
    contest.options.push_back({fmt::format("o{}", i), "", "", false});
  }
  contest.max_choices = static_cast<std::uint32_t>(options);
  contest.max_score = 10;
  return contest;
}

using Ranking = std::vector<std::uint32_t>;

RankingCounts rankings_of(const std::vector<std::pair<Ranking, std::uint64_t>>& ballots) {
  RankingCounts counts;
  for (const auto& [ranking, number] : ballots) {
    std::vector<Choice> choices;
    for (const std::uint32_t option : ranking) {
      choices.push_back({option, 1});
    }
    counts.add(ranking_key(choices), number);
  }
  return counts;
}

// Counts whole ballots, one by one, every round from the start.
Runoff naive_runoff(const std::string& election, const Contest& contest, const std::vector<Ranking>& ballots) {
  Runoff runoff;
  std::vector<std::map<std::uint32_t, std::uint64_t>> rounds;
  std::vector<std::uint32_t> in;
  for (std::uint32_t i = 0; i < contest.options.size(); ++i) {
    in.push_back(i);
  }
  const auto lot = [&](std::uint32_t option) {
    return crypto::sha256(election + '\0' + contest.id + '\0' + contest.options[option].id);
  };
  // Of these the one that goes first.
  const auto first_out = [&](std::vector<std::uint32_t> tied) {
    for (auto round = rounds.rbegin(); round != rounds.rend(); ++round) {
      std::uint64_t fewest = ~0ULL;
      for (const std::uint32_t option : tied) {
        fewest = std::min(fewest, round->at(option));
      }
      std::erase_if(tied, [&](std::uint32_t option) { return round->at(option) != fewest; });
    }
    return *std::min_element(tied.begin(), tied.end(), [&](auto a, auto b) { return lot(a) < lot(b); });
  };
  for (;;) {
    std::map<std::uint32_t, std::uint64_t> tally;
    for (const std::uint32_t option : in) {
      tally[option] = 0;
    }
    RunoffRound round;
    std::uint64_t continuing = 0;
    for (const Ranking& ballot : ballots) {
      const auto best = std::find_if(ballot.begin(), ballot.end(), [&](auto option) { return tally.contains(option); });
      if (best != ballot.end()) {
        ++tally[*best];
        ++continuing;
      } else if (!ballot.empty()) {
        ++round.exhausted;
      }
    }
    round.tally.assign(tally.begin(), tally.end());
    rounds.push_back(tally);
    runoff.rounds.push_back(round);
    for (const auto& [option, votes] : tally) {
      if (votes * 2 > continuing) {
        runoff.winners = {option};
      }
    }
    if (!runoff.winners.empty() || continuing == 0) {
      return runoff;
    }
    if (in.size() <= 2) {
      const std::uint32_t loser = first_out(in);
      std::erase(in, loser);
      runoff.winners = in;
      return runoff;
    }
    std::vector<std::uint32_t> undeclared;
    std::copy_if(in.begin(), in.end(), std::back_inserter(undeclared),
                 [&](auto option) { return contest.options[option].undeclared; });
    const std::uint32_t out = first_out(undeclared.empty() ? in : undeclared);
    std::erase(in, out);
    runoff.rounds.back().eliminated = {out};
  }
}

TEST(Votes, EachMethodAddsItsOwnThing) {
  const std::vector<Choice> choices = {{2, 7}, {0, 3}};
  const auto added = [&](Method method) {
    Votes votes(3, 0);
    add_choices(contest_of(method, 3), choices, votes);
    return votes;
  };
  EXPECT_THAT(added(Method::approval), ElementsAre(1, 0, 1));
  EXPECT_THAT(added(Method::score), ElementsAre(3, 0, 7));
  EXPECT_THAT(added(Method::ranked), ElementsAre(0, 0, 1));
  Votes votes(3, 0);
  add_choices(contest_of(Method::ranked, 3), {}, votes);
  EXPECT_THAT(votes, ElementsAre(0, 0, 0));
}

TEST(Votes, LeadersAreAllWhoShareTheLeadAndNobodyWithoutVotes) {
  EXPECT_THAT(leaders({1, 5, 5, 0}), ElementsAre(1, 2));
  EXPECT_THAT(leaders({0, 0}), ElementsAre());
  EXPECT_THAT(leaders({}), ElementsAre());
}

TEST(Runoff, StopsAtOnceWhenOneHasMoreThanHalf) {
  const Runoff runoff = count_runoff("e", contest_of(Method::ranked, 4), rankings_of({{{0}, 6}, {{1, 2}, 5}}));
  ASSERT_EQ(runoff.rounds.size(), 1U);
  EXPECT_THAT(runoff.winners, ElementsAre(0));
  EXPECT_THAT(runoff.rounds[0].tally, ElementsAre(Pair(0, 6), Pair(1, 5), Pair(2, 0), Pair(3, 0)));
  EXPECT_THAT(runoff.rounds[0].eliminated, ElementsAre());
}

TEST(Runoff, ExactlyHalfIsNotMoreThanHalf) {
  const Runoff runoff =
      count_runoff("e", contest_of(Method::ranked, 3), rankings_of({{{0}, 5}, {{1}, 3}, {{2, 1}, 2}}));
  EXPECT_EQ(runoff.rounds.size(), 2U);
  EXPECT_THAT(runoff.rounds[0].eliminated, ElementsAre(2));
  EXPECT_THAT(runoff.rounds[1].tally, ElementsAre(Pair(0, 5), Pair(1, 5)));
}

TEST(Runoff, ExhaustedBallotsLeaveTheMajority) {
  const Runoff runoff =
      count_runoff("e", contest_of(Method::ranked, 4), rankings_of({{{0}, 4}, {{1}, 3}, {{2}, 2}, {{3}, 1}}));
  ASSERT_EQ(runoff.rounds.size(), 3U);
  EXPECT_EQ(runoff.rounds[1].exhausted, 1U);
  EXPECT_EQ(runoff.rounds[2].exhausted, 3U);  // 4 of 7 is more than half
  EXPECT_THAT(runoff.winners, ElementsAre(0));
}

TEST(Runoff, UndeclaredOptionsGoFirstHoweverManyVotesTheyHave) {
  Contest contest = contest_of(Method::ranked, 4);
  contest.options[0].undeclared = true;
  contest.options[3].undeclared = true;
  const Runoff runoff = count_runoff("e", contest, rankings_of({{{0, 1}, 4}, {{1}, 3}, {{2}, 3}, {{3, 2}, 2}}));
  ASSERT_EQ(runoff.rounds.size(), 3U);
  EXPECT_THAT(runoff.rounds[0].eliminated, ElementsAre(3));
  EXPECT_THAT(runoff.rounds[1].eliminated, ElementsAre(0));
  EXPECT_THAT(runoff.winners, ElementsAre(1));
}

TEST(Runoff, ATieIsBrokenByTheLatestEarlierRound) {
  // 1 and 2 tie at 4 in the second round; 1 had fewer in the first.
  const Runoff runoff =
      count_runoff("e", contest_of(Method::ranked, 4), rankings_of({{{0}, 5}, {{1}, 3}, {{2}, 4}, {{3, 1}, 1}}));
  ASSERT_EQ(runoff.rounds.size(), 3U);
  EXPECT_THAT(runoff.rounds[1].tally, ElementsAre(Pair(0, 5), Pair(1, 4), Pair(2, 4)));
  EXPECT_THAT(runoff.rounds[1].eliminated, ElementsAre(1));
}

TEST(Runoff, ATieThatNoRoundBreaksGoesByTheLot) {
  const Contest contest = contest_of(Method::ranked, 2);
  const Runoff runoff = count_runoff("e", contest, rankings_of({{{0}, 3}, {{1}, 3}}));
  const bool zero_goes = crypto::sha256(std::string("e\0c\0o0", 6)) < crypto::sha256(std::string("e\0c\0o1", 6));
  EXPECT_THAT(runoff.winners, ElementsAre(zero_goes ? 1 : 0));
  EXPECT_THAT(tie_places("e", contest), zero_goes ? ElementsAre(0, 1) : ElementsAre(1, 0));
}

TEST(Runoff, WithoutBallotsNobodyWins) {
  for (const std::size_t options : {1U, 2U, 5U}) {
    const Runoff runoff = count_runoff("e", contest_of(Method::ranked, options), rankings_of({{{}, 9}}));
    EXPECT_EQ(runoff.rounds.size(), 1U);
    EXPECT_EQ(runoff.rounds[0].tally.size(), options);
    EXPECT_THAT(runoff.winners, ElementsAre());
  }
}

TEST(Runoff, TheOnlyOptionWins) {
  const Runoff runoff = count_runoff("e", contest_of(Method::ranked, 1), rankings_of({{{0}, 1}}));
  EXPECT_THAT(runoff.winners, ElementsAre(0));
}

TEST(Runoff, IsWhatCountingWholeBallotsGives) {
  EXPECT_TRUE(rc::check("runoff", [](std::uint64_t seed) {
    testing::Engine engine(seed);
    const Contest contest = testing::random_contest(engine, Method::ranked, seed % 10);
    Definition definition;
    definition.contests = {contest};
    std::vector<Ranking> ballots;
    RankingCounts counts;
    const std::uint32_t number = testing::draw(engine, 0, 40);
    for (std::uint32_t i = 0; i < number; ++i) {
      const std::vector<Choice> choices = testing::random_choices(engine, definition)[0];
      Ranking& ballot = ballots.emplace_back();
      for (const Choice& choice : choices) {
        ballot.push_back(choice.option);
      }
      counts.add(ranking_key(choices), 1);
    }
    RC_ASSERT(count_runoff("e", contest, counts) == naive_runoff("e", contest, ballots));
  }));
}

TEST(RankingCounts, PastTheBoundEverythingIsForgottenAndItStaysThatWay) {
  RankingCounts counts(2);
  counts.add("a", 1);
  counts.add("b", 1);
  counts.add("a", 5);
  counts.add("", 5);
  EXPECT_FALSE(counts.bounded());
  EXPECT_EQ(counts.entries().at("a"), 6U);
  RankingCounts other(5);
  other.add("a", 1);
  counts.absorb(other);
  EXPECT_FALSE(counts.bounded());
  counts.add("c", 1);
  EXPECT_TRUE(counts.bounded());
  EXPECT_TRUE(counts.entries().empty());
  counts.add("a", 1);
  EXPECT_TRUE(counts.entries().empty());
  other.absorb(counts);
  EXPECT_TRUE(other.bounded());
}

}  // namespace
}  // namespace ostraka::election::counting
