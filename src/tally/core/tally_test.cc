#include "tally/core/tally.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "election/testing/minneapolis.h"
#include "election/testing/random_log.h"
#include "election/results/document.h"
#include "election/results/merger.h"

namespace ostraka::tally {
namespace {

using election::Catalogue;
using election::State;
using election::counting::RankingCounts;
using election::counting::Votes;
using election::results::ElectionCounts;
using election::results::PartitionCounts;
using election::testing::EveryoneIsIssued;
using election::testing::ExpectedCounts;
using election::testing::LogMaker;
using election::testing::RandomLog;
using ::testing::ElementsAre;

Catalogue catalogue_of(const RandomLog& log) {
  Catalogue catalogue;
  for (const std::string& record : log.elections) {
    EXPECT_TRUE(catalogue.apply(record));
  }
  return catalogue;
}

void apply_all(Tally& tally, const Catalogue& catalogue, const RandomLog& log) {
  for (std::uint32_t number = 0; number < log.partitions; ++number) {
    TallyPartition& partition = tally.partition(Partition{number});
    for (const std::string& record : log.ballots[number]) {
      ASSERT_TRUE(partition.apply(catalogue, partition.next(), record));
    }
  }
}

// What the counts of an election add up to.
PartitionCounts sum(const ElectionCounts& counts) {
  PartitionCounts sum;
  for (const PartitionCounts& partition : counts.partitions) {
    sum.counted += partition.counted;
    sum.repeated += partition.repeated;
    sum.held += partition.held;
    sum.outside += partition.outside;
    sum.development |= partition.development;
    sum.contests.resize(std::max(sum.contests.size(), partition.contests.size()));
    for (std::size_t i = 0; i < partition.contests.size(); ++i) {
      sum.contests[i].resize(partition.contests[i].size());
      for (std::size_t option = 0; option < partition.contests[i].size(); ++option) {
        sum.contests[i][option] += partition.contests[i][option];
      }
    }
  }
  return sum;
}

// One ballot after the other, with nothing clever.
std::vector<Votes> votes_of(const election::Definition& definition, const ExpectedCounts& expected) {
  std::vector<Votes> votes;
  for (std::size_t i = 0; i < definition.contests.size(); ++i) {
    const election::Contest& contest = definition.contests[i];
    Votes& of_contest = votes.emplace_back(contest.options.size(), 0);
    for (const election::Choices& ballot : expected.ballots) {
      for (std::size_t rank = 0; rank < ballot[i].size(); ++rank) {
        if (contest.method != election::Method::ranked || rank == 0) {
          of_contest[ballot[i][rank].option] += contest.method == election::Method::score ? ballot[i][rank].points : 1;
        }
      }
    }
  }
  return votes;
}

void expect_counts(const RandomLog& log, const election::Definition& definition, const ElectionCounts& counts) {
  const ExpectedCounts& expected = log.expected.at(definition.id);
  const PartitionCounts total = sum(counts);
  RC_ASSERT(total.counted == expected.counted);
  RC_ASSERT(total.repeated == expected.repeated);
  RC_ASSERT(total.outside == expected.outside);
  RC_ASSERT(total.development == expected.development);
  RC_ASSERT(total.contests == votes_of(definition, expected));
  for (const auto& ranked : counts.ranked) {
    RankingCounts rankings;
    for (const election::Choices& ballot : expected.ballots) {
      rankings.add(election::counting::ranking_key(ballot[ranked.contest]), 1);
    }
    RC_ASSERT(ranked.runoff ==
              election::counting::count_runoff(definition.id, definition.contests[ranked.contest], rankings));
  }
}

TEST(Tally, CountsWhatOneBallotAfterTheOtherGives) {
  EXPECT_TRUE(rc::check("tally", [](std::uint64_t seed) {
    const RandomLog log = LogMaker(seed, EveryoneIsIssued::yes).make(300);
    const Catalogue catalogue = catalogue_of(log);
    Tally tally(log.partitions);
    apply_all(tally, catalogue, log);
    std::uint64_t accounted = 0;
    for (const auto& definition : log.definitions) {
      const ElectionCounts counts = tally.of(definition.id, catalogue);
      expect_counts(log, definition, counts);
      const PartitionCounts total = sum(counts);
      accounted += total.counted + total.repeated + total.held + total.outside;
    }
    std::uint64_t records = 0;
    for (std::uint32_t number = 0; number < log.partitions; ++number) {
      accounted += tally.partition(Partition{number}).markers() + tally.partition(Partition{number}).unreadable();
      records += tally.partition(Partition{number}).next().value;
    }
    RC_ASSERT(accounted == records);
  }));
}

TEST(Tally, WhenAndHowOftenItIsAskedChangesNothing) {
  EXPECT_TRUE(rc::check("asked at random", [](std::uint64_t seed) {
    const RandomLog log = LogMaker(seed, EveryoneIsIssued::yes).make(200);
    const Catalogue catalogue = catalogue_of(log);
    election::testing::Engine engine(seed);
    Tally tally(log.partitions);
    election::results::ResultMerger merger;
    std::vector<std::size_t> next(log.partitions, 0);
    for (std::uint32_t left = log.partitions; left > 0;) {
      const std::uint32_t number = election::testing::draw(engine, 0, log.partitions - 1);
      if (next[number] == log.ballots[number].size()) {
        continue;
      }
      TallyPartition& partition = tally.partition(Partition{number});
      RC_ASSERT(partition.apply(catalogue, partition.next(), log.ballots[number][next[number]++]).has_value());
      left -= next[number] == log.ballots[number].size() ? 1 : 0;
      if (election::testing::draw(engine, 0, 9) == 0) {
        for (const ElectionCounts& counts : tally.take_changed(catalogue)) {
          merger.merge(counts);
        }
      }
    }
    for (const ElectionCounts& counts : tally.take_changed(catalogue)) {
      merger.merge(counts);
    }
    RC_ASSERT(tally.take_changed(catalogue).empty());
    Tally at_once(log.partitions);
    apply_all(at_once, catalogue, log);
    election::results::ResultMerger whole;
    for (const ElectionCounts& counts : at_once.all(catalogue)) {
      whole.merge(counts);
    }
    for (const auto& definition : log.definitions) {
      const election::results::DocumentMoment moment{State::closed, log.partitions, wall_time(0)};
      RC_ASSERT(is_final(definition, moment, merger.of(definition.id)));
      const auto contests = [&](const election::results::ResultMerger& from) {
        return nlohmann::json::parse(results_json(definition, moment, from.of(definition.id)))["contests"];
      };
      RC_ASSERT(contests(merger) == contests(whole));
    }
  }));
}

TEST(Tally, RankingsPastTheBoundAreCountedExactlyAtTheClose) {
  election::testing::Engine engine(3);
  RandomLog log;
  do {
    log = LogMaker(engine(), EveryoneIsIssued::yes).make(400);
  } while (log.definitions[0].contests[0].method != election::Method::ranked ||
           log.definitions[0].contests[0].options.size() < 4 || log.definitions[0].contests[0].max_choices < 2 ||
           log.expected["election-0"].counted < 10);
  const Catalogue catalogue = catalogue_of(log);
  const std::string id = log.definitions[0].id;
  Tally exact(log.partitions, {election::counting::k_distinct_rankings_unlimited, id});
  apply_all(exact, catalogue, log);
  Tally tally(log.partitions, {2, ""});
  apply_all(tally, catalogue, log);

  const ElectionCounts bounded = tally.of(id, catalogue);
  ASSERT_TRUE(bounded.ranked.at(0).bounded);
  EXPECT_TRUE(bounded.ranked[0].runoff.rounds.empty());
  EXPECT_EQ(sum(bounded).counted, log.expected[id].counted);
  EXPECT_THAT(tally.needing_exact_rounds(catalogue), ::testing::Contains(id));

  tally.adopt_exact(exact.of(id, catalogue));
  EXPECT_THAT(tally.needing_exact_rounds(catalogue), ::testing::Not(::testing::Contains(id)));
  const ElectionCounts settled = tally.of(id, catalogue);
  EXPECT_FALSE(settled.ranked[0].bounded);
  EXPECT_EQ(settled.ranked[0].runoff, exact.of(id, catalogue).ranked[0].runoff);
  EXPECT_FALSE(settled.ranked[0].runoff.rounds.empty());
  EXPECT_TRUE(rc::check("exact", [&] { expect_counts(log, log.definitions[0], exact.of(id, catalogue)); }));
}

// One small election with one partition, for the single situations.
class OnePartition : public ::testing::Test {
 protected:
  OnePartition() {
    definition_ = *election::parse_definition(
                       R"({"id":"e","title":"E","contests":[{"id":"c","method":"single","options":[{"id":"a"}]}]})")
                       .definition;
    v1::ElectionRecord record;
    record.set_election("e");
    record.mutable_defined()->set_definition(to_canonical_json(definition_));
    record.mutable_defined()->set_revision(1);
    EXPECT_TRUE(defined_.apply(record.SerializeAsString()));
    opened_ = defined_;
    record.mutable_opened()->set_definition_hash(definition_hash(definition_));
    record.mutable_opened()->set_partitions(1);
    record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
    EXPECT_TRUE(opened_.apply(record.SerializeAsString()));
  }

  v1::BallotRecord opened_marker() const {
    v1::BallotRecord record;
    record.mutable_opened()->set_election("e");
    record.mutable_opened()->set_definition_hash(definition_hash(definition_));
    record.mutable_opened()->set_partitions(1);
    record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
    return record;
  }
  static v1::BallotRecord closed_marker() {
    v1::BallotRecord record;
    record.mutable_closed()->set_election("e");
    return record;
  }
  static v1::BallotRecord vote(char voter) {
    v1::BallotRecord record;
    record.mutable_vote()->set_election("e");
    record.mutable_vote()->set_voter_key(std::string(16, voter));
    record.mutable_vote()->set_ballot(std::string("\x01\x00", 2));
    record.mutable_vote()->set_ballot_hash(std::string(16, 'h'));
    return record;
  }
  Result<Verdict> apply(const v1::BallotRecord& record) {
    return partition_.apply(opened_, partition_.next(), record.SerializeAsString());
  }

  election::Definition definition_;
  Catalogue defined_;
  Catalogue opened_;
  TallyPartition partition_{Partition{0}};
};

TEST_F(OnePartition, FirstMarkersCountAndAClosedElectionNeverReopens) {
  EXPECT_EQ(apply(vote('a')), Verdict::outside_window);
  EXPECT_EQ(apply(opened_marker()), Verdict::marker);
  EXPECT_EQ(apply(opened_marker()), Verdict::ignored_marker);
  EXPECT_EQ(apply(vote('a')), Verdict::counted);
  EXPECT_EQ(apply(vote('a')), Verdict::repeated);
  EXPECT_EQ(apply(closed_marker()), Verdict::marker);
  EXPECT_EQ(apply(closed_marker()), Verdict::ignored_marker);
  EXPECT_EQ(apply(opened_marker()), Verdict::ignored_marker);
  EXPECT_EQ(apply(vote('b')), Verdict::outside_window);
}

TEST_F(OnePartition, ClosedBeforeItOpenedStaysClosed) {
  EXPECT_EQ(apply(closed_marker()), Verdict::marker);
  EXPECT_EQ(apply(opened_marker()), Verdict::ignored_marker);
  EXPECT_EQ(apply(vote('a')), Verdict::outside_window);
}

TEST_F(OnePartition, MarkerOfAnOpeningThatIsNotKnownYetWaitsForTheCatalogue) {
  const std::string marker = opened_marker().SerializeAsString();
  for (const Catalogue& behind : {Catalogue(), defined_}) {
    const auto result = partition_.apply(behind, Offset{0}, marker);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
    EXPECT_EQ(partition_.next(), Offset{0});
  }
  EXPECT_EQ(partition_.apply(opened_, Offset{0}, marker), Verdict::marker);
}

TEST_F(OnePartition, MarkerThatContradictsTheOpeningIsDamage) {
  for (int what = 0; what < 3; ++what) {
    v1::BallotRecord marker = opened_marker();
    if (what == 0) {
      marker.mutable_opened()->set_definition_hash("another");
    } else if (what == 1) {
      marker.mutable_opened()->set_partitions(2);
    } else {
      marker.mutable_opened()->set_pepper_commitment("another");
    }
    const auto result = apply(marker);
    ASSERT_FALSE(result) << what;
    EXPECT_EQ(result.error().kind, ErrorKind::damaged);
    EXPECT_EQ(partition_.next(), Offset{0});
  }
}

TEST_F(OnePartition, RecordsOfOtherFormsAreUnreadable) {
  ASSERT_EQ(apply(opened_marker()), Verdict::marker);
  EXPECT_EQ(apply(v1::BallotRecord()), Verdict::unreadable);
  v1::BallotRecord short_key = vote('a');
  short_key.mutable_vote()->set_voter_key("short");
  EXPECT_EQ(apply(short_key), Verdict::unreadable);
  v1::BallotRecord no_hash = vote('a');
  no_hash.mutable_vote()->clear_ballot_hash();
  EXPECT_EQ(apply(no_hash), Verdict::unreadable);
  v1::BallotRecord no_identifier = vote('a');
  no_identifier.mutable_vote()->set_election("UP");
  EXPECT_EQ(apply(no_identifier), Verdict::unreadable);
  v1::BallotRecord broken = vote('a');
  broken.mutable_vote()->set_ballot("nonsense");
  EXPECT_EQ(apply(broken), Verdict::invalid_ballot);
  EXPECT_EQ(apply(vote('a')), Verdict::counted);
  EXPECT_EQ(partition_.unreadable(), 4U);
}

TEST_F(OnePartition, OnlyElectionsThatRecordsWereAboutHaveChanged) {
  ASSERT_EQ(apply(opened_marker()), Verdict::marker);
  EXPECT_THAT(partition_.take_changed_elections(), ElementsAre("e"));
  EXPECT_THAT(partition_.take_changed_elections(), ElementsAre());
  ASSERT_EQ(apply(v1::BallotRecord()), Verdict::unreadable);
  EXPECT_THAT(partition_.take_changed_elections(), ElementsAre());
  EXPECT_EQ(partition_.take_change("e").counts.covers, Offset{2});
  EXPECT_EQ(partition_.take_change("unheard-of").counts.covers, Offset{2});
}

TEST(Tally, MinneapolisComesOutAsItWasCertified) {
  const auto data = election::testing::load_minneapolis();
  if (!data) {
    GTEST_SKIP() << "the real ballots are not at " << election::testing::minneapolis_folder();
  }
  constexpr std::uint32_t k_partitions = 4;
  const RandomLog log = LogMaker(2013, EveryoneIsIssued::yes).make(data->definition, k_partitions, data->rankings);
  const Catalogue catalogue = catalogue_of(log);
  Tally tally(k_partitions);
  apply_all(tally, catalogue, log);
  election::results::ResultMerger merger;
  merger.merge(tally.of(data->definition.id, catalogue));
  const auto document = nlohmann::json::parse(
      results_json(data->definition, {State::closed, k_partitions, wall_time(0)}, merger.of(data->definition.id)));
  EXPECT_EQ(document["final"], true);
  EXPECT_EQ(document["ballots"]["counted"], 79'312);
  EXPECT_EQ(document["contests"][0]["winners"], nlohmann::json::array({data->winner}));
  std::vector<std::map<std::string, std::uint64_t>> rounds;
  for (const auto& round : document["contests"][0]["rounds"]) {
    rounds.push_back(round["tally"].get<std::map<std::string, std::uint64_t>>());
  }
  for (const auto& certified : data->rounds) {
    EXPECT_THAT(rounds, ::testing::Contains(certified));
  }
  EXPECT_EQ(rounds.back(), data->final_round);
}

}  // namespace
}  // namespace ostraka::tally
