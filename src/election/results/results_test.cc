#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <array>
#include <nlohmann/json.hpp>

#include "election/testing/random_election.h"
#include "election/results/document.h"
#include "election/results/merger.h"

namespace ostraka::election::results {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

Definition song_and_mayor() {
  return *parse_definition(R"({"id":"e","title":"E","contests":[
    {"id":"song","method":"single","options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]},
    {"id":"mayor","method":"ranked","options":[{"id":"x"},{"id":"y"},{"id":"z"}]},
    {"id":"board","method":"approval","options":[{"id":"p"},{"id":"q"}]},
    {"id":"film","method":"score","max_score":5,"options":[{"id":"m"},{"id":"n"}]}]})")
              .definition;
}

PartitionCounts partition_at(std::uint32_t partition, std::uint64_t covers, std::uint64_t counted) {
  PartitionCounts counts;
  counts.partition = Partition{partition};
  counts.covers = Offset{covers};
  counts.opened = true;
  counts.counted = counted;
  counts.contests = {{counted, 0}, {counted, 0, 0}, {counted, counted}, {counted, 3 * counted}};
  return counts;
}

RankedCounts ranked_at(Covers covers, std::uint64_t votes) {
  RankedCounts ranked;
  ranked.contest = 1;
  ranked.covers = std::move(covers);
  ranked.runoff.rounds = {{{{0, votes}, {1, 0}, {2, 0}}, {}, 0}};
  ranked.runoff.winners = {0};
  return ranked;
}

json document(const MergedElection& merged, State state = State::open, std::uint32_t partitions = 2) {
  return json::parse(results_json(song_and_mayor(), {state, partitions, wall_time(1'767'225'600'000)}, merged));
}

TEST(Results, DocumentIsTheContracts) {
  ResultMerger merger;
  PartitionCounts one = partition_at(0, 11, 10);
  one.repeated = 2;
  one.outside = 1;
  merger.merge({"e", {one, partition_at(1, 7, 5)}, {ranked_at({{0, 11}, {1, 7}}, 15)}});
  EXPECT_EQ(results_json(song_and_mayor(), {State::open, 2, wall_time(1'767'225'600'000)}, merger.of("e")),
            R"({"election":"e","state":"open","final":false,"as_of":"2026-01-01T00:00:00.000Z",)"
            R"("ballots":{"counted":15,"repeated":2,"held":0,"outside":1},"covers":{"0":11,"1":7},"contests":[)"
            R"({"id":"song","method":"single","winners":["a"],"options":[)"
            R"({"id":"a","title":"A","votes":15,"share":1.0},{"id":"b","title":"B","votes":0,"share":0.0}]},)"
            R"({"id":"mayor","method":"ranked","winners":["x"],"options":[)"
            R"({"id":"x","title":"x","votes":15,"share":1.0},{"id":"y","title":"y","votes":0,"share":0.0},)"
            R"({"id":"z","title":"z","votes":0,"share":0.0}],)"
            R"("rounds":[{"tally":{"x":15,"y":0,"z":0},"eliminated":[],"exhausted":0}]},)"
            R"({"id":"board","method":"approval","winners":["p","q"],"options":[)"
            R"({"id":"p","title":"p","votes":15,"share":1.0},{"id":"q","title":"q","votes":15,"share":1.0}]},)"
            R"({"id":"film","method":"score","winners":["n"],"options":[)"
            R"({"id":"m","title":"m","votes":15,"share":0.25},{"id":"n","title":"n","votes":45,"share":0.75}]}]})");
}

TEST(Results, AnElectionThatIsNotOpenYetIsAllZeros) {
  const json zero = document(ResultMerger().of("e"), State::draft, 0);
  EXPECT_EQ(zero["ballots"]["counted"], 0);
  EXPECT_EQ(zero["covers"], json::object());
  EXPECT_EQ(zero["final"], false);
  EXPECT_FALSE(zero.contains("development"));
  for (const json& contest : zero["contests"]) {
    EXPECT_EQ(contest["winners"], json::array());
    EXPECT_EQ(contest["options"][0]["share"], 0.0);
  }
  EXPECT_EQ(zero["contests"][1]["rounds"],
            json::parse(R"([{"tally":{"x":0,"y":0,"z":0},"eliminated":[],"exhausted":0}])"));
}

TEST(Results, FinalNeedsEveryPartitionClosedAndEveryRound) {
  PartitionCounts one = partition_at(0, 11, 10);
  PartitionCounts two = partition_at(1, 7, 5);
  const auto is_final_with = [](std::vector<PartitionCounts> partitions, std::vector<RankedCounts> ranked) {
    ResultMerger merger;
    merger.merge({"e", std::move(partitions), std::move(ranked)});
    return document(merger.of("e"), State::closed)["final"] == true;
  };
  const RankedCounts whole = ranked_at({{0, 11}, {1, 7}}, 15);
  one.closed = true;
  EXPECT_FALSE(is_final_with({one, two}, {whole}));
  EXPECT_FALSE(is_final_with({one}, {whole}));
  two.closed = true;
  EXPECT_TRUE(is_final_with({one, two}, {whole}));
  EXPECT_FALSE(is_final_with({one, two}, {}));
  EXPECT_FALSE(is_final_with({one, two}, {ranked_at({{0, 11}, {1, 6}}, 14)}));
  RankedCounts bounded = whole;
  bounded.bounded = true;
  EXPECT_FALSE(is_final_with({one, two}, {bounded}));
  // Closed before it was opened: nobody ever could rank anything.
  one.opened = two.opened = false;
  EXPECT_TRUE(is_final_with({one, two}, {}));
  one.opened = true;
  EXPECT_FALSE(is_final_with({one, two}, {}));
}

TEST(Results, BoundedRankingsShowFirstPreferencesOnly) {
  RankedCounts bounded;
  bounded.contest = 1;
  bounded.covers = {{0, 11}};
  bounded.bounded = true;
  ResultMerger merger;
  merger.merge({"e", {partition_at(0, 11, 10)}, {bounded}});
  const json mayor = document(merger.of("e"), State::open, 1)["contests"][1];
  EXPECT_EQ(mayor["bounded"], true);
  EXPECT_EQ(mayor["rounds"], json::array());
  EXPECT_EQ(mayor["winners"], json::array());
  EXPECT_EQ(mayor["options"][0]["votes"], 10);
}

TEST(Results, CoversSayOnlyWhatTheRoundsCoverToo) {
  ResultMerger merger;
  merger.merge({"e", {partition_at(0, 11, 10), partition_at(1, 7, 5)}, {ranked_at({{0, 9}, {1, 7}}, 13)}});
  EXPECT_EQ(document(merger.of("e"))["covers"], json::parse(R"({"0":9,"1":7})"));
}

TEST(Results, VotesOfTheDevelopmentIssuerAreSaidSo) {
  PartitionCounts counts = partition_at(0, 11, 10);
  counts.development = true;
  ResultMerger merger;
  merger.merge({"e", {counts}, {}});
  EXPECT_EQ(document(merger.of("e"))["development"], true);
}

TEST(Results, CountsThatContradictTheDefinitionAreLeftOut) {
  PartitionCounts counts = partition_at(0, 11, 10);
  counts.contests = {{1, 2, 3}, {1}, {}};
  RankedCounts ranked = ranked_at({{0, 11}}, 4);
  ranked.runoff.rounds[0].tally.emplace_back(99, 1);
  ranked.runoff.rounds[0].eliminated = {99};
  ranked.runoff.winners = {99};
  ResultMerger merger;
  merger.merge({"e", {counts, partition_at(7, 3, 3)}, {ranked}});
  const json shown = document(merger.of("e"));
  EXPECT_EQ(shown["contests"][0]["options"][0]["votes"], 0);
  EXPECT_EQ(shown["contests"][1]["winners"], json::array());
  EXPECT_EQ(shown["covers"], json::parse(R"({"0":11})"));
}

// Messages of one aggregator whose positions grow, cut up, repeated and shuffled.
TEST(Results, OrderAndRepetitionOfMessagesDoNotMatterAndPositionsNeverGoBack) {
  EXPECT_TRUE(rc::check("merging", [](std::uint64_t seed) {
    testing::Engine engine(seed);
    std::vector<ElectionCounts> messages;
    std::array<std::uint64_t, 2> covers{};
    for (int i = 0; i < 12; ++i) {
      covers[testing::draw(engine, 0, 1)] += testing::draw(engine, 0, 3);
      ElectionCounts message{"e", {}, {ranked_at({{0, covers[0]}, {1, covers[1]}}, covers[0] + covers[1])}};
      for (std::uint32_t partition = 0; partition < 2; ++partition) {
        if (testing::draw(engine, 0, 3) > 0) {
          message.partitions.push_back(partition_at(partition, covers[partition], covers[partition]));
        }
      }
      messages.push_back(message);
    }
    const auto merged_in = [&](const std::vector<ElectionCounts>& order) {
      ResultMerger merger;
      json before = json::object();
      for (const ElectionCounts& message : order) {
        merger.merge(message);
        RC_ASSERT(merger.merge(message) == MergeEffect::nothing_new);
        const json now = document(merger.of("e"))["covers"];
        for (const auto& [partition, position] : before.items()) {
          RC_ASSERT(now.at(partition) >= position);
        }
        before = now;
      }
      return document(merger.of("e")).dump();
    };
    const std::string in_order = merged_in(messages);
    messages.insert(messages.end(), messages.begin(), messages.begin() + 6);
    std::shuffle(messages.begin(), messages.end(), engine);
    RC_ASSERT(merged_in(messages) == in_order);
  }));
}

}  // namespace
}  // namespace ostraka::election::results
