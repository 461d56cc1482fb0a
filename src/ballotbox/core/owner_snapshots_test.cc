#include "ballotbox/core/owner_snapshots.h"

#include "ballotbox/core/owner_fixture.h"
#include "snapshot/in_memory.h"

namespace ostraka::ballotbox {
namespace {

class OwnerSnapshotsTest : public OwnerFixture {
 protected:
  ~OwnerSnapshotsTest() override { owner_.reset(); }  // it uses the sink

  // An owner that takes a snapshot after every batch, and one that looks for what was taken.
  void start_with_snapshots() {
    OwnerOptions options;
    options.snapshots = {&sink_, load_found(), policy_};
    auto owner = start_owner(options);
    ASSERT_TRUE(owner) << owner.error().message;
    owner_ = std::move(*owner);
  }
  LoadSnapshot load_found() {
    return [this] { return load_snapshot(snapshot::open_in_memory(found_)); };
  }
  Result<std::unique_ptr<PartitionOwner>> start_owner(const OwnerOptions& options) {
    return PartitionOwner::start(options, log_, clock_, rules_, [this]() -> Result<ElectionsView> { return stream_; });
  }
  Result<std::unique_ptr<PartitionOwner>> restart() {
    owner_.reset();
    OwnerOptions options;
    options.snapshots.load = load_found();
    return start_owner(options);
  }
  void restart_well() {
    auto owner = restart();
    ASSERT_TRUE(owner) << owner.error().message;
    owner_ = std::move(*owner);
  }
  void finish_snapshot() {
    sink_.whole.clear();
    for (int i = 0; i < 2'000 && sink_.whole.empty(); ++i) {
      owner_->snapshot_turn();
    }
    ASSERT_FALSE(sink_.whole.empty());
    found_ = sink_.whole;
  }
  void open_and_vote(std::uint8_t voters) {
    set_election("song", election::State::open);
    start_with_snapshots();
    ASSERT_TRUE(owner_->settle());
    for (std::uint8_t i = 1; i <= voters; ++i) {
      ASSERT_EQ(cast(voter(i), i % 2 == 0 ? "2" : "1").outcome, CastOutcome::counted);
    }
  }
  void expect_restored(std::uint64_t from) {
    EXPECT_EQ(owner_->started().restored.outcome, snapshot::Restored::Outcome::restored) << owner_->started().restored.why;
    EXPECT_EQ(owner_->started().replayed_from, Offset{from});
  }
  void expect_thrown_away() {
    EXPECT_EQ(owner_->started().restored.outcome, snapshot::Restored::Outcome::thrown_away);
    EXPECT_FALSE(owner_->started().restored.why.empty());
    EXPECT_EQ(owner_->started().replayed_from, Offset{0});
  }
  void expect_all_known(std::uint8_t voters) {
    for (std::uint8_t i = 1; i <= voters; ++i) {
      const CastAnswer same = cast(voter(i), i % 2 == 0 ? "2" : "1");
      EXPECT_EQ(same.outcome, CastOutcome::already_counts);
      EXPECT_EQ(same.offset, Offset{i});  // the opened marker is 0
      EXPECT_EQ(cast(voter(i), "7").outcome, CastOutcome::already_voted);
    }
    EXPECT_EQ(owner_->fold().index_entries(), voters);
  }

  snapshot::MemorySink sink_;
  std::string found_;
  snapshot::Policy policy_{.records_min = 1, .entries_per_record = 1'000, .slice_bytes = 100};
};

TEST_F(OwnerSnapshotsTest, NextOwnerKnowsEverybodyAndReadsOnlyWhatCameSince) {
  open_and_vote(20);
  finish_snapshot();
  const std::uint64_t covered = owner_->fold().next().value;
  for (std::uint8_t i = 21; i <= 30; ++i) {
    ASSERT_EQ(cast(voter(i), i % 2 == 0 ? "2" : "1").outcome, CastOutcome::counted);
  }
  const auto counts = owner_->fold().counts_of("song");
  restart_well();
  expect_restored(covered);
  EXPECT_EQ(owner_->counters().records_read, 10U);
  EXPECT_EQ(owner_->fold().counts_of("song"), counts);
  expect_all_known(30);
  EXPECT_EQ(cast(voter(31), "1").outcome, CastOutcome::counted);  // the election is still open, and pinned
}

TEST_F(OwnerSnapshotsTest, WhoVotesWhileItIsTakenIsInIt) {
  open_and_vote(10);
  sink_.whole.clear();
  for (std::uint8_t i = 11; sink_.whole.empty() && i < 200; ++i) {
    owner_->snapshot_turn();
    if (sink_.whole.empty()) {
      ASSERT_EQ(cast(voter(i), i % 2 == 0 ? "2" : "1").outcome, CastOutcome::counted);
    }
  }
  found_ = sink_.whole;
  const auto voters = static_cast<std::uint8_t>(owner_->fold().index_entries());
  ASSERT_GT(voters, 10);
  restart_well();
  expect_restored(voters + 1U);
  expect_all_known(voters);
}

TEST_F(OwnerSnapshotsTest, ClosedElectionStaysClosed) {
  open_and_vote(3);
  set_election("song", election::State::closed);
  ASSERT_TRUE(owner_->settle());
  finish_snapshot();
  restart_well();
  expect_restored(5);
  EXPECT_EQ(cast(voter(9), "1").outcome, CastOutcome::not_open);
  EXPECT_TRUE(owner_->settled_state("song").closed);
  expect_all_known(3);
}

TEST_F(OwnerSnapshotsTest, LogThatEndsBeforeItIsDamage) {
  open_and_vote(20);
  finish_snapshot();
  owner_.reset();
  log_.records.resize(15);
  const auto owner = restart();
  ASSERT_FALSE(owner);
  EXPECT_EQ(owner.error().kind, ErrorKind::damaged);
  EXPECT_NE(owner.error().message.find("the log ends at 15"), std::string::npos) << owner.error().message;
}

TEST_F(OwnerSnapshotsTest, AnotherHistoryThrowsItAway) {
  open_and_vote(20);
  finish_snapshot();
  owner_.reset();
  log_.records[5] = vote_record(voter(77), "3");
  restart_well();
  expect_thrown_away();
  EXPECT_EQ(cast(voter(77), "3").outcome, CastOutcome::already_counts);
  EXPECT_EQ(cast(voter(5), "1").outcome, CastOutcome::counted);
}

TEST_F(OwnerSnapshotsTest, AnotherLogThrowsItAway) {
  open_and_vote(5);
  finish_snapshot();
  log_.id = "another log, yes";
  restart_well();
  expect_thrown_away();
  expect_all_known(5);
}

TEST_F(OwnerSnapshotsTest, AnyByteThatIsAnotherThrowsItAway) {
  open_and_vote(5);
  finish_snapshot();
  const std::string whole = found_;
  for (std::size_t at = snapshot::k_file_header_bytes; at < whole.size(); at += 7) {
    found_ = whole;
    found_[at] = static_cast<char>(found_[at] ^ 4);
    restart_well();
    expect_thrown_away();
  }
  EXPECT_EQ(owner_->fold().index_entries(), 5U);
}

TEST_F(OwnerSnapshotsTest, NoneIsTakenWithAFault) {
  set_election("song", election::State::open, {}, 4);  // opened with 4 partitions; one is running
  start_with_snapshots();
  (void)owner_->settle();
  ASSERT_FALSE(owner_->faults().empty());
  set_election("other", election::State::open);
  ASSERT_TRUE(owner_->settle());
  ASSERT_EQ(cast(voter(1), "1", "other").outcome, CastOutcome::counted);
  for (int i = 0; i < 2'000; ++i) {
    owner_->snapshot_turn();
  }
  EXPECT_TRUE(sink_.whole.empty());
}

TEST_F(OwnerSnapshotsTest, WaitsForItsTurnAndForRoomAndGivesUpWhenTheDiskFails) {
  open_and_vote(3);
  sink_.is_busy = true;
  owner_->snapshot_turn();
  EXPECT_FALSE(owner_->is_taking_snapshot());
  sink_.is_busy = false;
  owner_->snapshot_turn();
  EXPECT_TRUE(owner_->is_taking_snapshot());
  sink_.has_room = false;
  owner_->snapshot_turn();
  EXPECT_TRUE(owner_->is_taking_snapshot());
  sink_.has_failed = true;
  owner_->snapshot_turn();
  EXPECT_FALSE(owner_->is_taking_snapshot());
  EXPECT_EQ(sink_.abandoned, 1U);
  EXPECT_TRUE(sink_.whole.empty());
}

TEST_F(OwnerSnapshotsTest, NoneIsDueBeforeEnoughRecords) {
  policy_.records_min = 10;
  open_and_vote(5);
  owner_->snapshot_turn();
  EXPECT_FALSE(owner_->is_taking_snapshot());
  for (std::uint8_t i = 6; i <= 12; ++i) {
    cast(voter(i), "1");
  }
  owner_->snapshot_turn();
  EXPECT_TRUE(owner_->is_taking_snapshot());
  EXPECT_TRUE((snapshot::Policy{.records_min = 10, .entries_per_record = 16}).is_due(100, 1'600));
  EXPECT_FALSE((snapshot::Policy{.records_min = 10, .entries_per_record = 16}).is_due(99, 1'600));
}

}  // namespace
}  // namespace ostraka::ballotbox
