#include "once/door.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace ostraka::once {
namespace {

VoterKey numbered_voter(std::uint8_t number) {
  VoterKey key;
  key.bytes[15] = number;
  return key;
}

VoteView ballot(VoterKey key, std::uint64_t hash) {
  return {"song", key, hash, BallotForm::valid};
}

class DoorTest : public ::testing::Test {
 protected:
  DoorTest() { fold_.apply_opened("song", 1, Offset{0}); }

  // Proposes, and the record lands at the next offset.
  Ticket let_through(const VoteView& vote) {
    const Proposed proposed = door_.propose(vote);
    EXPECT_EQ(proposed.decision, Decision::append);
    return proposed.ticket;
  }
  Offset land(const VoteView& vote) {
    const Offset at = fold_.next();
    fold_.apply_vote(vote, at);
    return at;
  }

  Fold fold_{Partition{0}};
  Door door_{fold_, {.waiters_per_voter_max = 2, .waiters_max = 3}};
};

TEST_F(DoorTest, ANewVoteIsAnsweredByTheFoldAtItsOwnOffset) {
  const Ticket ticket = let_through(ballot(numbered_voter(1), 7));
  const Offset at = land(ballot(numbered_voter(1), 7));
  const auto answers = door_.resolve(ticket, at);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].serial, ticket.serial);
  EXPECT_EQ(answers[0].outcome, Outcome::counted);
  EXPECT_EQ(answers[0].offset, at);
  EXPECT_EQ(door_.on_their_way(), 0U);
}

TEST_F(DoorTest, RepeatsOfACountedBallotAreAnsweredFromTheIndexAlsoAfterTheClose) {
  land(ballot(numbered_voter(1), 7));
  for (int round = 0; round < 2; ++round) {
    const Proposed same = door_.propose(ballot(numbered_voter(1), 7));
    EXPECT_EQ(same.decision, Decision::already_counts);
    EXPECT_EQ(same.offset, Offset{1});
    const Proposed other = door_.propose(ballot(numbered_voter(1), 8));
    EXPECT_EQ(other.decision, Decision::already_voted);
    EXPECT_EQ(other.offset, Offset{1});
    EXPECT_EQ(door_.propose({"song", numbered_voter(1), 7, BallotForm::invalid}).decision, Decision::already_voted);
    if (round == 0) {
      fold_.apply_closed("song", fold_.next());
    }
  }
  EXPECT_EQ(door_.propose(ballot(numbered_voter(2), 7)).decision, Decision::not_open);
}

TEST_F(DoorTest, RepeatedVoteWaitsForTheFirstWhateverItsBallot) {
  const Ticket first = let_through(ballot(numbered_voter(1), 7));
  const Proposed same = door_.propose(ballot(numbered_voter(1), 7));
  const Proposed other = door_.propose(ballot(numbered_voter(1), 8));
  EXPECT_EQ(same.decision, Decision::wait);
  EXPECT_EQ(other.decision, Decision::wait);
  EXPECT_EQ(door_.waiting(), 2U);
  const auto answers = door_.resolve(first, land(ballot(numbered_voter(1), 7)));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].outcome, Outcome::counted);
  EXPECT_EQ(answers[1].serial, same.ticket.serial);
  EXPECT_EQ(answers[1].outcome, Outcome::already_counts);
  EXPECT_EQ(answers[1].offset, Offset{1});
  EXPECT_EQ(answers[2].serial, other.ticket.serial);
  EXPECT_EQ(answers[2].outcome, Outcome::already_voted);
  EXPECT_EQ(door_.waiting(), 0U);
}

TEST_F(DoorTest, PastTheNumberOfWaitersAVoteIsBusy) {
  let_through(ballot(numbered_voter(1), 7));
  let_through(ballot(numbered_voter(2), 7));
  EXPECT_EQ(door_.propose(ballot(numbered_voter(1), 7)).decision, Decision::wait);
  EXPECT_EQ(door_.propose(ballot(numbered_voter(1), 7)).decision, Decision::wait);
  EXPECT_EQ(door_.propose(ballot(numbered_voter(1), 7)).decision, Decision::busy);
  EXPECT_EQ(door_.propose(ballot(numbered_voter(2), 7)).decision, Decision::wait);
  EXPECT_EQ(door_.propose(ballot(numbered_voter(2), 7)).decision, Decision::busy);
}

TEST_F(DoorTest, AVoteThatSomebodyElseWroteFirstCountsInsteadOfOurs) {
  const Ticket ticket = let_through(ballot(numbered_voter(1), 7));
  const Offset foreign = land(ballot(numbered_voter(1), 8));
  const auto answers = door_.resolve(ticket, land(ballot(numbered_voter(1), 7)));
  EXPECT_EQ(answers[0].outcome, Outcome::already_voted);
  EXPECT_EQ(answers[0].offset, foreign);
}

TEST_F(DoorTest, AVoteBehindACloseThatSomebodyElseWroteIsNotOpen) {
  const Ticket ticket = let_through(ballot(numbered_voter(1), 7));
  fold_.apply_closed("song", fold_.next());
  const auto answers = door_.resolve(ticket, land(ballot(numbered_voter(1), 7)));
  EXPECT_EQ(answers[0].outcome, Outcome::not_open);
}

TEST_F(DoorTest, AVoteThatCountedBeforeTheCloseAndLandedAgainBehindItAlreadyCounts) {
  const Ticket ticket = let_through(ballot(numbered_voter(1), 7));
  const Offset foreign = land(ballot(numbered_voter(1), 7));
  fold_.apply_closed("song", fold_.next());
  const auto answers = door_.resolve(ticket, land(ballot(numbered_voter(1), 7)));
  EXPECT_EQ(answers[0].outcome, Outcome::already_counts);
  EXPECT_EQ(answers[0].offset, foreign);
}

TEST_F(DoorTest, AFailedAppendLeavesTheOutcomeUnknownForTheVoteAndItsWaiters) {
  const Ticket ticket = let_through(ballot(numbered_voter(1), 7));
  door_.propose(ballot(numbered_voter(1), 8));
  const auto answers = door_.give_up(ticket);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].outcome, Outcome::unavailable);
  EXPECT_EQ(answers[1].outcome, Outcome::unavailable);
  EXPECT_EQ(door_.waiting(), 0U);
  let_through(ballot(numbered_voter(1), 9));
}

TEST_F(DoorTest, AnUncertainAppendThatIsFoundInTheLogIsAnsweredTruthfully) {
  const Ticket ticket = let_through(ballot(numbered_voter(1), 7));
  door_.propose(ballot(numbered_voter(1), 8));
  const Offset at = land(ballot(numbered_voter(1), 7));
  const auto answers = door_.give_up(ticket);
  EXPECT_EQ(answers[0].outcome, Outcome::already_counts);
  EXPECT_EQ(answers[0].offset, at);
  EXPECT_EQ(answers[1].outcome, Outcome::already_voted);
}

TEST_F(DoorTest, RefusesWhatTheLogWouldNotCount) {
  EXPECT_EQ(door_.propose({"never", numbered_voter(1), 7, BallotForm::valid}).decision, Decision::not_open);
  EXPECT_EQ(door_.propose({"song", numbered_voter(1), 7, BallotForm::invalid}).decision, Decision::invalid_ballot);
  fold_.apply_opened("wide", 2, fold_.next());
  VoterKey elsewhere = numbered_voter(1);
  elsewhere.bytes[7] = 1;
  EXPECT_EQ(door_.propose({"wide", elsewhere, 7, BallotForm::valid}).decision, Decision::misplaced);
}

TEST_F(DoorTest, AVoterOnTheWayInOneElectionDoesNotWaitInAnother) {
  fold_.apply_opened("film", 1, fold_.next());
  let_through(ballot(numbered_voter(1), 7));
  EXPECT_EQ(door_.propose({"film", numbered_voter(1), 7, BallotForm::valid}).decision, Decision::append);
}

// A random mill: votes come in, their records land or are lost, strangers write into the same log. Whatever happens,
// every answer must be true of the log as it stands when it is given.
class Mill {
 public:
  Mill() { open(); }

  void step() {
    switch (*rc::gen::weightedElement<int>({{8, 0}, {5, 1}, {2, 2}, {2, 3}, {1, 4}})) {
      case 0:
        return propose();
      case 1:
        return land_next();
      case 2:
        return lose_next();
      case 3:
        return stranger_votes();
      default:
        return maybe_close();
    }
  }
  void finish() {
    while (!flying_.empty()) {
      land_next();
    }
    RC_ASSERT(unanswered_.empty());
    RC_ASSERT(door_.on_their_way() == 0U);
    RC_ASSERT(door_.waiting() == 0U);
  }

 private:
  struct Asked {
    VoterKey voter;
    std::uint64_t hash;
  };
  struct Flying {
    Ticket ticket;
    Asked asked;
  };

  void open() { fold_.apply_opened("song", 1, fold_.next()); }
  void propose() {
    const Asked asked{numbered_voter(*rc::gen::inRange<std::uint8_t>(0, 5)), *rc::gen::inRange<std::uint64_t>(1, 4)};
    const Proposed proposed = door_.propose(ballot(asked.voter, asked.hash));
    switch (proposed.decision) {
      case Decision::append:
        flying_.push_back({proposed.ticket, asked});
        [[fallthrough]];
      case Decision::wait:
        unanswered_[proposed.ticket.serial] = asked;
        return;
      case Decision::already_counts:
      case Decision::already_voted:
        return check_counts(asked, proposed.offset, proposed.decision == Decision::already_counts);
      case Decision::not_open:
        RC_ASSERT(closed_);
        RC_ASSERT(first_of(asked.voter) == nullptr);
        return;
      case Decision::busy:
        return;
      default:
        RC_FAIL("a valid ballot in its own partition");
    }
  }
  void land_next() {
    if (flying_.empty()) {
      return;
    }
    const Flying next = flying_.front();
    flying_.pop_front();
    const Offset at = write(next.asked);
    answer(door_.resolve(next.ticket, at));
  }
  void lose_next() {
    if (flying_.empty()) {
      return;
    }
    const Flying next = flying_.front();
    flying_.pop_front();
    if (*rc::gen::arbitrary<bool>()) {
      write(next.asked);  // it was uncertain, and it was there
    }
    answer(door_.give_up(next.ticket));
  }
  void stranger_votes() {
    write({numbered_voter(*rc::gen::inRange<std::uint8_t>(0, 5)), *rc::gen::inRange<std::uint64_t>(1, 4)});
  }
  void maybe_close() {
    if (*rc::gen::inRange(0, 4) == 0) {
      fold_.apply_closed("song", fold_.next());
      closed_ = true;
    }
  }
  Offset write(const Asked& asked) {
    const Offset at = fold_.next();
    fold_.apply_vote(ballot(asked.voter, asked.hash), at);
    if (!closed_ && first_of(asked.voter) == nullptr) {
      counted_.push_back({at, asked});
    }
    return at;
  }
  struct Counted {
    Offset at;
    Asked asked;
  };
  const Counted* first_of(const VoterKey& key) const {
    for (const Counted& counted : counted_) {
      if (counted.asked.voter == key) {
        return &counted;
      }
    }
    return nullptr;
  }
  void check_counts(const Asked& asked, Offset offset, bool same) const {
    const Counted* first = first_of(asked.voter);
    RC_ASSERT(first != nullptr);
    RC_ASSERT(first->at == offset);
    RC_ASSERT((first->asked.hash == asked.hash) == same);
  }
  void answer(const Resolutions& resolutions) {
    for (const Resolution& resolution : resolutions) {
      const auto found = unanswered_.find(resolution.serial);
      RC_ASSERT(found != unanswered_.end());
      const Asked asked = found->second;
      unanswered_.erase(found);
      switch (resolution.outcome) {
        case Outcome::counted:
        case Outcome::already_counts:
          check_counts(asked, resolution.offset, true);
          break;
        case Outcome::already_voted:
          check_counts(asked, resolution.offset, false);
          break;
        case Outcome::not_open:
          RC_ASSERT(closed_);
          RC_ASSERT(first_of(asked.voter) == nullptr);
          break;
        case Outcome::unavailable:
          RC_ASSERT(first_of(asked.voter) == nullptr);
          break;
      }
    }
  }

  Fold fold_{Partition{0}};
  Door door_{fold_, {.waiters_per_voter_max = 3, .waiters_max = 6}};
  bool closed_ = false;
  std::vector<Counted> counted_;
  std::deque<Flying> flying_;
  std::map<std::uint64_t, Asked> unanswered_;
};

RC_GTEST_PROP(DoorProperty, EveryAnswerIsTrueOfTheLog, ()) {
  Mill mill;
  const int steps = *rc::gen::inRange(0, 200);
  for (int i = 0; i < steps; ++i) {
    mill.step();
  }
  mill.finish();
}

}  // namespace
}  // namespace ostraka::once
