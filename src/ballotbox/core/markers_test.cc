#include "ballotbox/core/markers.h"

#include <gtest/gtest.h>

#include "ballotbox/core/owner_fixture.h"

namespace ostraka::ballotbox {
namespace {

using election::State;

class MarkersTest : public OwnerFixture {
 protected:
  std::vector<RecordKind> kinds() {
    std::vector<RecordKind> kinds;
    RecordReader reader;
    for (const std::string& record : log_.records) {
      kinds.push_back(reader.read(record));
    }
    return kinds;
  }
};

TEST_F(MarkersTest, AnOpenElectionGetsItsOpenedMarkerOnce) {
  set_election("draft", State::draft);
  set_election("scheduled", State::scheduled);
  set_election("song", State::open);
  start();
  ASSERT_TRUE(owner_->settle());
  ASSERT_TRUE(owner_->settle());
  EXPECT_EQ(kinds(), std::vector{RecordKind::opened});
  RecordReader reader;
  reader.read(log_.records[0]);
  EXPECT_EQ(reader.opened().election(), "song");
  EXPECT_EQ(reader.opened().definition_hash(), k_hash);
  EXPECT_EQ(reader.opened().pepper_commitment(), k_pepper);
  EXPECT_EQ(reader.opened().partitions(), 1U);
  EXPECT_TRUE(owner_->settled_state("song").opened);
  EXPECT_FALSE(owner_->settled_state("song").closed);
}

TEST_F(MarkersTest, AnElectionThatThisPartitionMissedIsOpenedAndClosedInOrder) {
  set_election("song", State::certified);
  start();
  ASSERT_TRUE(owner_->settle());
  EXPECT_EQ(kinds(), (std::vector{RecordKind::opened, RecordKind::closed}));
  EXPECT_EQ(owner_->settled_state("song").closed_at, Offset{1});
}

TEST_F(MarkersTest, TheEndOfTheScheduleClosesAndMovingItMovesTheDeadline) {
  const WallTime end = clock_.wall + Milliseconds(1000);
  set_election("song", State::open, end);
  start();
  ASSERT_TRUE(owner_->settle());
  EXPECT_EQ(owner_->next_deadline(), end);
  set_election("song", State::open, end + Milliseconds(500));
  clock_.pass(Milliseconds(1000));
  ASSERT_TRUE(owner_->settle());
  EXPECT_FALSE(owner_->settled_state("song").closed);
  EXPECT_EQ(owner_->next_deadline(), end + Milliseconds(500));
  clock_.pass(Milliseconds(500));
  ASSERT_TRUE(owner_->settle());
  EXPECT_TRUE(owner_->settled_state("song").closed);
  EXPECT_FALSE(owner_->next_deadline());
}

TEST_F(MarkersTest, AClockThatJumpedDoesNotCloseButACommandDoes) {
  set_election("song", State::open, clock_.wall + std::chrono::hours(1));
  start();
  ASSERT_TRUE(owner_->settle());
  clock_.wall += std::chrono::hours(2);
  ASSERT_TRUE(owner_->settle());
  EXPECT_FALSE(owner_->settled_state("song").closed);
  EXPECT_TRUE(owner_->closing_waits_for_the_clock());
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
  set_election("song", State::closed, clock_.wall - std::chrono::hours(1));
  ASSERT_TRUE(owner_->settle());
  EXPECT_TRUE(owner_->settled_state("song").closed);
  EXPECT_FALSE(owner_->closing_waits_for_the_clock());
}

TEST_F(MarkersTest, AClockThatCameBackClosesAgain) {
  set_election("song", State::open, clock_.wall + std::chrono::hours(1));
  start();
  ASSERT_TRUE(owner_->settle());
  clock_.wall += std::chrono::hours(2);
  clock_.monotonic += std::chrono::hours(2) + std::chrono::milliseconds(1999);
  ASSERT_TRUE(owner_->settle());
  EXPECT_TRUE(owner_->settled_state("song").closed);
}

TEST_F(MarkersTest, AMarkerThatCouldNotBeWrittenIsDueAgain) {
  set_election("song", State::open);
  start();
  log_.next_appends = {NextAppend::disk_full, NextAppend::lost, NextAppend::landed_late};
  EXPECT_EQ(owner_->settle().error().kind, ErrorKind::disk_full);
  EXPECT_EQ(owner_->settle().error().kind, ErrorKind::unavailable);
  EXPECT_EQ(owner_->settle().error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(owner_->settle());
  EXPECT_EQ(kinds(), std::vector{RecordKind::opened});
}

TEST_F(MarkersTest, AnotherPartitionCountIsAFaultOfThatElectionOnly) {
  set_election("wide", State::open, {}, 4);
  start_open();
  EXPECT_TRUE(owner_->faults().contains("wide"));
  EXPECT_EQ(cast(voter(1), "1", "wide").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::counted);
  EXPECT_FALSE(owner_->settled_state("wide").opened);
}

TEST_F(MarkersTest, AnOpenedMarkerThatDoesNotFitTheStreamIsAFault) {
  set_election("song", State::open);
  set_election("odd", State::open);
  set_election("film", State::open);
  log_.records = {encode_opened({"odd", "another definition", 1, k_pepper, clock_.wall}),
                  encode_opened({"song", k_hash, 1, "another pepper", clock_.wall})};
  start();
  ASSERT_TRUE(owner_->settle());
  EXPECT_EQ(owner_->faults().size(), 2U);
  EXPECT_EQ(cast(voter(1), "1", "odd").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1").outcome, CastOutcome::unavailable);
  EXPECT_EQ(cast(voter(1), "1", "film").outcome, CastOutcome::counted);
}

TEST_F(MarkersTest, AStreamThatDoesNotShowAnOpeningWhichThePartitionHasIsTooOldToStartOn) {
  for (const State state : {State::scheduled, State::open}) {
    set_election("song", state);
    log_.records = {encode_opened({state == State::open ? "ghost" : "song", k_hash, 1, k_pepper, clock_.wall})};
    const auto owner =
        PartitionOwner::start({}, log_, clock_, rules_, [this]() -> Result<ElectionsView> { return stream_; });
    ASSERT_FALSE(owner);
    EXPECT_EQ(owner.error().kind, ErrorKind::unavailable);
  }
}

TEST(ClockGuard, AllowsTheBoundAndNoMore) {
  const WallTime wall = wall_time(5000);
  const MonotonicTime monotonic{std::chrono::seconds(1)};
  const ClockGuard guard(wall, monotonic, Milliseconds(2000));
  const auto later = monotonic + std::chrono::seconds(10);
  EXPECT_TRUE(guard.agrees(wall + Milliseconds(12'000), later));
  EXPECT_FALSE(guard.agrees(wall + Milliseconds(12'001), later));
  EXPECT_TRUE(guard.agrees(wall + Milliseconds(8'000), later));
  EXPECT_FALSE(guard.agrees(wall + Milliseconds(7'999), later));
}

}  // namespace
}  // namespace ostraka::ballotbox
