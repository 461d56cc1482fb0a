#include "once/fold.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace ostraka::once {
namespace {

VoterKey voter(std::uint8_t partition_byte, std::uint8_t number) {
  VoterKey key;
  key.bytes[7] = partition_byte;  // the lowest byte of the first eight: partition 0 of 2 when even
  key.bytes[15] = number;
  return key;
}
VoterKey voter(std::uint8_t number) {
  return voter(0, number);
}

VoteView vote(std::string_view election, VoterKey key, std::uint64_t hash, BallotForm form = BallotForm::valid) {
  return {election, key, hash, form};
}

TEST(Fold, FirstBallotCountsAndEveryLaterOneIsARepeatOfIt) {
  Fold fold{Partition{0}};
  EXPECT_EQ(fold.apply_opened("song", 1, Offset{0}), MarkerEffect::takes_effect);
  const Judgement first = fold.apply_vote(vote("song", voter(1), 7), Offset{1});
  EXPECT_EQ(first.verdict, Verdict::counted);
  EXPECT_EQ(first.counts_at, Offset{1});
  const Judgement same = fold.apply_vote(vote("song", voter(1), 7), Offset{2});
  EXPECT_EQ(same.verdict, Verdict::repeat_same);
  EXPECT_EQ(same.counts_at, Offset{1});
  const Judgement other = fold.apply_vote(vote("song", voter(1), 8), Offset{3});
  EXPECT_EQ(other.verdict, Verdict::repeat_other);
  EXPECT_EQ(other.counts_at, Offset{1});
  EXPECT_EQ(fold.counts_of("song").total(), 3U);
  EXPECT_EQ(fold.index_entries(), 1U);
  EXPECT_GT(fold.index_bytes(), 0U);
}

TEST(Fold, NothingCountsOutsideTheMarkers) {
  Fold fold{Partition{0}};
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1), 7), Offset{0}).verdict, Verdict::outside_window);
  fold.apply_opened("song", 1, Offset{1});
  fold.apply_closed("song", Offset{2});
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1), 7), Offset{3}).verdict, Verdict::outside_window);
  EXPECT_EQ(fold.apply_vote(vote("never", voter(1), 7), Offset{4}).verdict, Verdict::outside_window);
  EXPECT_EQ(fold.index_entries(), 0U);
  EXPECT_EQ(fold.counts_of("song").of(Verdict::outside_window), 2U);
  EXPECT_EQ(fold.counts_of("never").of(Verdict::outside_window), 1U);
}

TEST(Fold, TheFirstOfEachMarkerCounts) {
  Fold fold{Partition{0}};
  EXPECT_EQ(fold.apply_opened("song", 2, Offset{0}), MarkerEffect::takes_effect);
  EXPECT_EQ(fold.apply_opened("song", 4, Offset{1}), MarkerEffect::ignored);
  EXPECT_EQ(fold.apply_closed("song", Offset{2}), MarkerEffect::takes_effect);
  EXPECT_EQ(fold.apply_closed("song", Offset{3}), MarkerEffect::ignored);
  const Window window = fold.window_of("song");
  EXPECT_EQ(window.opened, Offset{0});
  EXPECT_EQ(window.closed, Offset{2});
  EXPECT_EQ(window.partitions, 2U);
  EXPECT_EQ(fold.marker_records(), 4U);
}

TEST(Fold, AClosedElectionNeverReopens) {
  Fold fold{Partition{0}};
  EXPECT_EQ(fold.apply_closed("song", Offset{0}), MarkerEffect::takes_effect);
  EXPECT_EQ(fold.apply_opened("song", 1, Offset{1}), MarkerEffect::ignored);
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1), 7), Offset{2}).verdict, Verdict::outside_window);
}

TEST(Fold, AMarkerOfZeroPartitionsIsIgnored) {
  Fold fold{Partition{0}};
  EXPECT_EQ(fold.apply_opened("song", 0, Offset{0}), MarkerEffect::ignored);
  EXPECT_FALSE(fold.window_of("song").is_open());
}

TEST(Fold, ARecordInTheWrongPartitionDoesNotCountHere) {
  Fold fold{Partition{0}};
  fold.apply_opened("song", 2, Offset{0});
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1, 1), 7), Offset{1}).verdict, Verdict::misplaced);
  EXPECT_EQ(fold.apply_vote(vote("song", voter(2, 1), 7), Offset{2}).verdict, Verdict::counted);
}

TEST(Fold, ThePartitionCountIsTheOpenedMarkersOfEachElection) {
  Fold fold{Partition{1}};
  fold.apply_opened("two", 2, Offset{0});
  fold.apply_opened("four", 4, Offset{1});
  EXPECT_EQ(fold.apply_vote(vote("two", voter(3, 1), 7), Offset{2}).verdict, Verdict::counted);
  EXPECT_EQ(fold.apply_vote(vote("four", voter(3, 1), 7), Offset{3}).verdict, Verdict::misplaced);
}

TEST(Fold, AMalformedBallotTakesNobodysVoteAway) {
  Fold fold{Partition{0}};
  fold.apply_opened("song", 1, Offset{0});
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1), 7, BallotForm::invalid), Offset{1}).verdict, Verdict::malformed);
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1), 7), Offset{2}).verdict, Verdict::counted);
}

TEST(Fold, OneVoterKeyVotesInEveryElectionByItself) {
  Fold fold{Partition{0}};
  fold.apply_opened("song", 1, Offset{0});
  fold.apply_opened("film", 1, Offset{1});
  EXPECT_EQ(fold.apply_vote(vote("song", voter(1), 7), Offset{2}).verdict, Verdict::counted);
  EXPECT_EQ(fold.apply_vote(vote("film", voter(1), 7), Offset{3}).verdict, Verdict::counted);
  fold.apply_closed("song", Offset{4});
  EXPECT_EQ(fold.apply_vote(vote("film", voter(2), 7), Offset{5}).verdict, Verdict::counted);
  EXPECT_EQ(fold.apply_vote(vote("song", voter(2), 7), Offset{6}).verdict, Verdict::outside_window);
}

TEST(Fold, WhoHasVotedIsKnownAfterTheCloseToo) {
  Fold fold{Partition{0}};
  fold.apply_opened("song", 1, Offset{0});
  fold.apply_vote(vote("song", voter(1), 7), Offset{1});
  fold.apply_closed("song", Offset{2});
  const auto counts = fold.find(*fold.number_of("song"), voter(1));
  ASSERT_TRUE(counts);
  EXPECT_EQ(*counts, (CountedBallot{Offset{1}, 7}));
}

TEST(Fold, AnUnreadableRecordTakesItsOffset) {
  Fold fold{Partition{0}};
  fold.apply_unreadable(Offset{0});
  fold.apply_opened("song", 1, Offset{1});
  EXPECT_EQ(fold.next(), Offset{2});
  EXPECT_EQ(fold.unreadable_records(), 1U);
}

TEST(FoldDeathTest, AGapInTheLogEndsTheProcess) {
  Fold fold{Partition{0}};
  EXPECT_DEATH(fold.apply_unreadable(Offset{1}), "log order");
}

// Everything a log may hold, a few elections and voters, so that they collide all the time.
struct AnyRecord {
  enum Kind { vote, opened, closed, unreadable } kind;
  std::string election;
  VoterKey voter;
  std::uint64_t hash;
  BallotForm form;
  std::uint32_t partitions;
};

std::ostream& operator<<(std::ostream& out, const AnyRecord& record) {
  return out << "{" << record.kind << " " << record.election << " " << record.voter.hex() << " " << record.hash << " "
             << static_cast<int>(record.form) << " " << record.partitions << "}";
}

rc::Gen<AnyRecord> any_record() {
  return rc::gen::exec([] {
    AnyRecord record;
    record.kind = *rc::gen::weightedElement<AnyRecord::Kind>(
        {{14, AnyRecord::vote}, {3, AnyRecord::opened}, {1, AnyRecord::closed}, {1, AnyRecord::unreadable}});
    record.election = *rc::gen::element<std::string>("a", "b", "c");
    record.voter = voter(*rc::gen::inRange<std::uint8_t>(0, 4), *rc::gen::inRange<std::uint8_t>(0, 6));
    record.hash = *rc::gen::inRange<std::uint64_t>(1, 4);
    record.form = *rc::gen::weightedElement<BallotForm>({{9, BallotForm::valid}, {1, BallotForm::invalid}});
    record.partitions = *rc::gen::inRange<std::uint32_t>(0, 4);
    return record;
  });
}

// The rule, said again in the dumbest way: look back over the whole log for every record.
Judgement naive_judgement(const std::vector<AnyRecord>& log, std::size_t at, Partition here) {
  const AnyRecord& record = log[at];
  std::size_t opened = log.size();
  for (std::size_t i = 0; i < at; ++i) {
    if (log[i].election != record.election) {
      continue;
    }
    if (log[i].kind == AnyRecord::closed) {
      return {Verdict::outside_window, {}};
    }
    if (log[i].kind == AnyRecord::opened && log[i].partitions > 0 && opened == log.size()) {
      opened = i;
    }
  }
  if (opened == log.size()) {
    return {Verdict::outside_window, {}};
  }
  const auto belongs_here = [&](const VoterKey& key) {
    return key.first_eight_big_endian() % log[opened].partitions == here.value;
  };
  if (!belongs_here(record.voter)) {
    return {Verdict::misplaced, {}};
  }
  if (record.form == BallotForm::invalid) {
    return {Verdict::malformed, {}};
  }
  for (std::size_t i = opened; i < at; ++i) {
    if (log[i].kind == AnyRecord::vote && log[i].election == record.election && log[i].voter == record.voter &&
        log[i].form == BallotForm::valid) {
      return {log[i].hash == record.hash ? Verdict::repeat_same : Verdict::repeat_other, Offset{i}};
    }
  }
  return {Verdict::counted, Offset{at}};
}

std::optional<Judgement> apply(Fold& fold, const AnyRecord& record) {
  const Offset at = fold.next();
  switch (record.kind) {
    case AnyRecord::vote:
      return fold.apply_vote({record.election, record.voter, record.hash, record.form}, at);
    case AnyRecord::opened:
      fold.apply_opened(record.election, record.partitions, at);
      break;
    case AnyRecord::closed:
      fold.apply_closed(record.election, at);
      break;
    case AnyRecord::unreadable:
      fold.apply_unreadable(at);
      break;
  }
  return std::nullopt;
}

RC_GTEST_PROP(FoldProperty, VerdictsAreThoseOfTheNaiveModelAndAddUp, ()) {
  const auto log = *rc::gen::container<std::vector<AnyRecord>>(any_record());
  const Partition here{*rc::gen::inRange<std::uint32_t>(0, 3)};
  Fold fold{here};
  std::map<std::string, VerdictCounts> expected;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const auto judgement = apply(fold, log[i]);
    if (!judgement) {
      continue;
    }
    const Judgement model = naive_judgement(log, i, here);
    RC_ASSERT(judgement->verdict == model.verdict);
    RC_ASSERT(judgement->counts_at == model.counts_at);
    expected[log[i].election].add(model.verdict);
  }
  std::uint64_t counted = 0;
  for (const auto& [election, counts] : expected) {
    RC_ASSERT(fold.counts_of(election) == counts);
    counted += counts.of(Verdict::counted);
  }
  RC_ASSERT(fold.index_entries() == counted);
  RC_ASSERT(fold.next().value == log.size());
}

RC_GTEST_PROP(FoldProperty, ReplayGivesTheSameIndexAndWindows, ()) {
  const auto log = *rc::gen::container<std::vector<AnyRecord>>(any_record());
  Fold live{Partition{0}};
  Fold replayed{Partition{0}};
  for (const AnyRecord& record : log) {
    apply(live, record);
  }
  for (const AnyRecord& record : log) {
    apply(replayed, record);
  }
  RC_ASSERT(live.elections() == replayed.elections());
  for (const auto& [id, number] : live.elections()) {
    RC_ASSERT(live.window(number).opened == replayed.window(number).opened);
    RC_ASSERT(live.window(number).closed == replayed.window(number).closed);
    RC_ASSERT(live.counts(number) == replayed.counts(number));
    for (const AnyRecord& record : log) {
      RC_ASSERT(live.find(number, record.voter) == replayed.find(number, record.voter));
    }
  }
}

}  // namespace
}  // namespace ostraka::once
