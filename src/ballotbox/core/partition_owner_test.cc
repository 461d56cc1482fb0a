#include "ballotbox/core/partition_owner.h"

#include <gtest/gtest.h>

#include "ballotbox/core/owner_fixture.h"
#include "base/bytes.h"

namespace ostraka::ballotbox {
namespace {

using election::State;

class CastTest : public OwnerFixture {};

TEST_F(CastTest, ANewVoteIsInTheLogAndCounted) {
  start_open();
  const CastAnswer answer = cast(voter(1), "3");
  EXPECT_EQ(answer.outcome, CastOutcome::counted);
  EXPECT_EQ(answer.offset, Offset{1});
  EXPECT_EQ(answer.ballot_hash.view().size(), k_ballot_hash_bytes);
  ASSERT_EQ(log_.records.size(), 2U);
  RecordReader reader;
  ASSERT_EQ(reader.read(log_.records[1]), RecordKind::vote);
  EXPECT_EQ(reader.vote().voter, voter(1));
  EXPECT_EQ(reader.vote().ballot, "3");
  EXPECT_EQ(reader.vote().ballot_hash, answer.ballot_hash.view());
  EXPECT_EQ(owner_->fold().counts_of("song").of(once::Verdict::counted), 1U);
}

TEST_F(CastTest, TheSameBallotAgainIsAnsweredWithItsReceiptAndAnotherOneWithout) {
  start_open();
  const CastAnswer first = cast(voter(1), "3");
  const CastAnswer same = cast(voter(1), "3");
  EXPECT_EQ(same.outcome, CastOutcome::already_counts);
  EXPECT_EQ(same.offset, first.offset);
  EXPECT_EQ(same.ballot_hash.view(), first.ballot_hash.view());
  const CastAnswer other = cast(voter(1), "4");
  EXPECT_EQ(other.outcome, CastOutcome::already_voted);
  EXPECT_EQ(other.offset, first.offset);
  EXPECT_TRUE(other.ballot_hash.empty());
  EXPECT_EQ(log_.records.size(), 2U);
}

TEST_F(CastTest, AWholeBatchIsOneAppend) {
  start_open();
  const std::size_t appends = log_.appends;
  std::vector<std::string> tokens;
  std::vector<CastInput> inputs;
  for (std::uint8_t i = 0; i < 100; ++i) {
    tokens.push_back(token(voter(i)));
  }
  for (const std::string& one : tokens) {
    inputs.push_back({"song", one, "1"});
  }
  for (const CastAnswer& answer : owner_->cast(inputs)) {
    EXPECT_EQ(answer.outcome, CastOutcome::counted);
  }
  EXPECT_EQ(log_.appends, appends + 1);
}

TEST_F(CastTest, WhatIsTooMuchForOneAppendIsSplit) {
  start_open();
  const std::size_t appends = log_.appends;
  std::vector<std::string> tokens;
  std::vector<CastInput> inputs;
  const std::size_t votes = PartitionOwner::k_batch_votes_max + 1;
  for (std::size_t i = 0; i < votes; ++i) {
    VoterKey key;
    store_le(reinterpret_cast<char*>(key.bytes.data()) + 8, i);
    tokens.push_back(token(key));
  }
  for (const std::string& one : tokens) {
    inputs.push_back({"song", one, "1"});
  }
  const auto answers = owner_->cast(inputs);
  ASSERT_EQ(answers.size(), votes);
  EXPECT_TRUE(std::all_of(answers.begin(), answers.end(),
                          [](const CastAnswer& answer) { return answer.outcome == CastOutcome::counted; }));
  EXPECT_EQ(log_.appends, appends + 2);
}

TEST_F(CastTest, OneVoterSeveralTimesInABatchVotesOnce) {
  start_open();
  const std::string one = token(voter(1));
  const std::vector<CastInput> inputs{{"song", one, "1"}, {"song", one, "2"}, {"song", one, "1"}};
  const auto answers = owner_->cast(inputs);
  EXPECT_EQ(answers[0].outcome, CastOutcome::counted);
  EXPECT_EQ(answers[1].outcome, CastOutcome::already_voted);
  EXPECT_EQ(answers[2].outcome, CastOutcome::already_counts);
  EXPECT_EQ(answers[2].offset, answers[0].offset);
  EXPECT_EQ(log_.records.size(), 2U);
}

TEST_F(CastTest, EveryRefusalHasItsOutcome) {
  set_election("later", State::scheduled);
  start_open();
  EXPECT_EQ(cast(voter(1), "1", "nowhere").outcome, CastOutcome::unknown_election);
  EXPECT_EQ(cast(voter(1), "1", "later").outcome, CastOutcome::not_open);
  EXPECT_EQ(cast(voter(1), "{").outcome, CastOutcome::malformed_body);
  EXPECT_EQ(cast(voter(1), std::string(election::k_vote_body_bytes_max + 1, '1')).outcome, CastOutcome::malformed_body);
  const CastAnswer invalid = cast(voter(1), "nobody");
  EXPECT_EQ(invalid.outcome, CastOutcome::invalid_ballot);
  ASSERT_EQ(invalid.mistakes.size(), 1U);
  EXPECT_EQ(invalid.mistakes[0].pointer, "/ballot");
  EXPECT_EQ(cast(voter(1), "impossible").outcome, CastOutcome::unavailable);
  EXPECT_EQ(log_.records.size(), 1U);
}

TEST_F(CastTest, ATokenMustBeValidForThisElectionAndItsRevision) {
  set_election("film", State::open);
  start_open();
  const std::string film = token(voter(1), "film");
  const std::string old_revision = token(voter(1), "song", 7);
  for (const std::string_view bad :
       {std::string_view("forged"), std::string_view(film), std::string_view(old_revision)}) {
    const CastInput input{"song", bad, "1"};
    EXPECT_EQ(owner_->cast({&input, 1})[0].outcome, CastOutcome::invalid_token) << bad;
  }
}

TEST_F(CastTest, AVoterOfAnotherPartitionIsNotAnsweredHere) {
  set_election("song", State::open, {}, 2);
  start(2);
  ASSERT_TRUE(owner_->settle());
  VoterKey elsewhere = voter(1);
  elsewhere.bytes[7] = 1;
  EXPECT_EQ(cast(elsewhere, "1").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
}

TEST_F(CastTest, AskingAgainAfterTheCloseTellsTheTruth) {
  start_open();
  const CastAnswer first = cast(voter(1), "3");
  set_election("song", State::closed);
  ASSERT_TRUE(owner_->settle());
  EXPECT_EQ(cast(voter(1), "3").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(1), "3").ballot_hash.view(), first.ballot_hash.view());
  EXPECT_EQ(cast(voter(1), "4").outcome, CastOutcome::already_voted);
  EXPECT_EQ(cast(voter(1), "nobody").outcome, CastOutcome::already_voted);
  EXPECT_EQ(cast(voter(2), "3").outcome, CastOutcome::not_open);
}

TEST_F(CastTest, AVoteRightAfterTheOpeningWritesTheMarkerInsteadOfBeingRefused) {
  set_election("song", State::scheduled);
  start();
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::not_open);
  set_election("song", State::open);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
  set_election("new", State::open);
  EXPECT_EQ(cast(voter(1), "1", "new").outcome, CastOutcome::counted);
}

TEST_F(CastTest, WithoutTheElectionsNobodyIsRefused) {
  start_open();
  stream_fails_ = true;
  EXPECT_EQ(cast(voter(1), "1", "new").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
}

TEST_F(CastTest, AnOpeningThatCannotBeWrittenLeavesVotesUnavailable) {
  set_election("song", State::open);
  start();
  log_.next_appends = {NextAppend::disk_full};
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
}

class AppendTest : public OwnerFixture {};

TEST_F(AppendTest, AFullDiskLeavesNewVotesUnavailableAndKnownOnesAnswered) {
  start_open();
  cast(voter(1), "1");
  log_.next_appends = {NextAppend::disk_full};
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::counted);
  EXPECT_EQ(owner_->counters().appends_refused, 1U);
  EXPECT_TRUE(owner_->health());
}

TEST_F(AppendTest, AnUncertainAppendThatWasLostIsUnavailable) {
  start_open();
  log_.next_appends = {NextAppend::lost};
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "2").outcome, CastOutcome::counted);
}

TEST_F(AppendTest, AnUncertainAppendThatIsFoundInTheLogIsAnswered) {
  start_open();
  log_.next_appends = {NextAppend::landed_late};
  const CastAnswer answer = cast(voter(1), "1");
  EXPECT_EQ(answer.outcome, CastOutcome::already_counts);
  EXPECT_EQ(answer.offset, Offset{1});
  EXPECT_EQ(owner_->counters().appends_uncertain, 1U);
}

TEST_F(AppendTest, ForeignRecordsInBetweenAreAppliedFirst) {
  start_open();
  log_.before_append = [this] {
    for (std::uint8_t i = 2; i < 7; ++i) {
      log_.records.push_back(vote_record(voter(i), "5"));
    }
    log_.records.push_back("no record at all");
    log_.records.push_back(vote_record(voter(1), "5"));
  };
  const std::string one = token(voter(1));
  const std::string nine = token(voter(9));
  const std::vector<CastInput> inputs{{"song", one, "1"}, {"song", nine, "1"}};
  const auto answers = owner_->cast(inputs);
  EXPECT_EQ(answers[0].outcome, CastOutcome::already_voted);
  EXPECT_EQ(answers[0].offset, Offset{7});
  EXPECT_EQ(answers[1].outcome, CastOutcome::counted);
  EXPECT_EQ(answers[1].offset, Offset{9});
  EXPECT_EQ(owner_->fold().next().value, log_.records.size());
  EXPECT_EQ(owner_->fold().unreadable_records(), 1U);
  EXPECT_EQ(cast(voter(4), "5").outcome, CastOutcome::already_counts);
}

TEST_F(AppendTest, AVoteBehindAForeignCloseIsNotOpen) {
  start_open();
  log_.before_append = [this] { log_.records.push_back(encode_closed("song", clock_.wall)); };
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::not_open);
  EXPECT_TRUE(owner_->settled_state("song").closed);
}

TEST_F(AppendTest, AnOffsetGivenTwiceBreaksTheOwner) {
  start_open();
  cast(voter(1), "1");
  log_.given_offset_is_less_by = Offset{1};
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::unavailable);
  ASSERT_FALSE(owner_->health());
  EXPECT_EQ(owner_->health().error().kind, ErrorKind::damaged);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::unavailable);
}

TEST_F(AppendTest, BatchesInFlightAnswerEachOthersWaiters) {
  start_open();
  const std::string one = token(voter(1));
  const std::string two = token(voter(2));
  const std::vector<CastInput> first_inputs{{"song", one, "1"}};
  const std::vector<CastInput> second_inputs{{"song", one, "2"}, {"song", two, "2"}};
  const std::vector<CastInput> third_inputs{{"song", two, "2"}};
  const auto first = owner_->begin(first_inputs);
  const auto second = owner_->begin(second_inputs);
  const auto third = owner_->begin(third_inputs);
  EXPECT_EQ(first.records.size(), 1U);
  EXPECT_EQ(second.records.size(), 1U);
  EXPECT_TRUE(third.records.empty());
  EXPECT_TRUE(owner_->take_finished().empty());
  for (const auto& begun : {first, second}) {
    log_.records.insert(log_.records.end(), begun.records.begin(), begun.records.end());
  }
  owner_->complete(first.batch, Offset{1});
  auto finished = owner_->take_finished();
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].answers[0].outcome, CastOutcome::counted);
  owner_->complete(second.batch, Offset{2});
  finished = owner_->take_finished();
  ASSERT_EQ(finished.size(), 2U);
  for (const auto& one_batch : finished) {
    if (one_batch.batch == second.batch) {
      EXPECT_EQ(one_batch.answers[0].outcome, CastOutcome::already_voted);
      EXPECT_EQ(one_batch.answers[1].outcome, CastOutcome::counted);
    } else {
      EXPECT_EQ(one_batch.batch, third.batch);
      EXPECT_EQ(one_batch.answers[0].outcome, CastOutcome::already_counts);
    }
  }
}

// The log takes records, and cannot be read for a while.
class BehindTest : public OwnerFixture {
 protected:
  void SetUp() override {
    start_open();
    ASSERT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
  }
  void a_foreign_vote_comes_first(const VoterKey& key, std::string_view ballot) {
    log_.before_append = [this, record = vote_record(key, ballot)] { log_.records.push_back(record); };
  }
};

TEST_F(BehindTest, ForeignRecordsThatCannotBeReadLeaveEverybodyUnavailableUntilTheyCan) {
  a_foreign_vote_comes_first(voter(2), "5");
  log_.reads_fail = true;
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::unavailable);
  EXPECT_FALSE(owner_->is_abreast());
  EXPECT_TRUE(owner_->health());
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::not_taken);
  EXPECT_FALSE(owner_->settle());
  const std::size_t records = log_.records.size();
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::not_taken);
  EXPECT_EQ(log_.records.size(), records) << "nothing is appended meanwhile";

  log_.reads_fail = false;
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::not_taken) << "not tried at every vote";
  clock_.pass(k_between_attempts_to_read_on);
  const CastAnswer other = cast(voter(2), "1");
  EXPECT_EQ(other.outcome, CastOutcome::already_voted) << "by the ballot that came first";
  EXPECT_EQ(other.offset, Offset{2});
  EXPECT_EQ(cast(voter(2), "5").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::counted);
  EXPECT_TRUE(owner_->is_abreast());
  EXPECT_EQ(owner_->fold().next().value, log_.records.size());
}

TEST_F(BehindTest, AVoteWhoseAppendIsUncertainAndCannotBeReadIsDecidedWhenItCan) {
  log_.next_appends = {NextAppend::landed_late};
  log_.reads_fail = true;
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::unavailable);
  log_.reads_fail = false;
  clock_.pass(k_between_attempts_to_read_on);
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::already_counts);
}

TEST_F(BehindTest, AnEndThatLagsIsWaitedFor) {
  a_foreign_vote_comes_first(voter(2), "5");
  log_.hidden_at_end = 2;
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::unavailable);
  EXPECT_TRUE(owner_->health()) << "not damage";
  clock_.pass(k_between_attempts_to_read_on);
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::not_taken) << "what is known to be durable is still missing";
  log_.hidden_at_end = 0;
  clock_.pass(k_between_attempts_to_read_on);
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(2), "5").outcome, CastOutcome::already_counts);
}

TEST_F(BehindTest, MarkersThatCannotBeReadBackAreReadLater) {
  set_election("film", State::open);
  log_.reads_fail = true;
  EXPECT_FALSE(owner_->settle());
  log_.reads_fail = false;
  clock_.pass(k_between_attempts_to_read_on);
  EXPECT_TRUE(owner_->settle());
  EXPECT_TRUE(owner_->settled_state("film").opened);
  EXPECT_EQ(cast(voter(4), "1", "film").outcome, CastOutcome::counted);
}

TEST_F(BehindTest, TheVotesOfBatchesThatWereOnTheirWayAreGivenUp) {
  const std::string two = token(voter(2));
  const std::string three = token(voter(3));
  const std::vector<CastInput> first_inputs{{"song", two, "1"}};
  const std::vector<CastInput> second_inputs{{"song", three, "1"}};
  const auto first = owner_->begin(first_inputs);
  const auto second = owner_->begin(second_inputs);
  log_.records.push_back(vote_record(voter(9), "1"));
  for (const auto& begun : {first, second}) {
    log_.records.insert(log_.records.end(), begun.records.begin(), begun.records.end());
  }
  log_.reads_fail = true;
  owner_->complete(first.batch, Offset{3});
  owner_->complete(second.batch, Offset{4});
  for (const auto& one_batch : owner_->take_finished()) {
    EXPECT_EQ(one_batch.answers[0].outcome, CastOutcome::unavailable);
  }
  log_.reads_fail = false;
  clock_.pass(k_between_attempts_to_read_on);
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(3), "1").outcome, CastOutcome::already_counts);
  EXPECT_EQ(owner_->fold().next().value, log_.records.size());
}

class ReplayTest : public OwnerFixture {};

TEST_F(ReplayTest, ANewOwnerKnowsWhatTheOldOneDid) {
  start_open();
  cast(voter(1), "1");
  set_election("film", State::open);
  cast(voter(1), "2", "film");
  set_election("song", State::closed);
  ASSERT_TRUE(owner_->settle());
  const auto before = owner_->fold().counts_of("song");
  const std::size_t records = log_.records.size();
  start();
  EXPECT_EQ(log_.records.size(), records);
  EXPECT_EQ(owner_->fold().counts_of("song"), before);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(1), "1", "film").outcome, CastOutcome::already_voted);
  EXPECT_EQ(cast(voter(2), "1").outcome, CastOutcome::not_open);
  EXPECT_EQ(cast(voter(2), "1", "film").outcome, CastOutcome::counted);
}

TEST_F(ReplayTest, ABallotThatTheDefinitionDoesNotAllowIsMalformedAndTakesNoVoteAway) {
  start_open();
  log_.records.push_back(vote_record(voter(1), "not one"));
  start();
  EXPECT_EQ(owner_->fold().counts_of("song").of(once::Verdict::malformed), 1U);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
}

TEST_F(ReplayTest, VotesWithoutAWholeVoterKeyOrHashAreNoVoteRecords) {
  start_open();
  log_.records.push_back(encode_vote({"song", voter(1), "1", "short", false}));
  log_.records.push_back(encode_vote({"No Identifier", voter(1), "1", std::string(16, 'h'), false}));
  start();
  EXPECT_EQ(owner_->fold().unreadable_records(), 2U);
}

}  // namespace
}  // namespace ostraka::ballotbox
