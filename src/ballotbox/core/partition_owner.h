// The owner of one partition of `ballots`: takes votes, makes them durable, answers each by the fold's verdict.
//
// What it guarantees
//   - `counted` is answered only after the log said that the record is durable, and only when the fold, with every
//     record before it applied, counted exactly that record.
//   - `already_counts` and `already_voted` are true of the log, before and after the close, also when somebody else
//     wrote the ballot that counts, and also when the append that wrote it had failed with an unknown outcome.
//   - `not_open` and `unknown_election` are said only after the `elections` stream was read to its end, and only of a
//     voter who has no ballot that counts. Markers that are due are written before anybody is refused for their lack.
//   - When it does not know, it says `unavailable`.
// When the log cannot be read for a while it is *behind*: every vote is unavailable until it has read on, which it tries
// by itself. After an error that makes its picture of the log doubtful (damage, an offset given twice) it is broken for
// good: health() says why, every vote is unavailable, and its process should end.
//
// Threads: owned by one thread at a time; nothing in it locks. Time, log, tokens and keys are handed in.
//
// How a batch travels: begin() decides about every vote and hands out the records of the new ones; the caller appends
// them as one append (group commit) and hands the result to complete(). cast() does the three for a caller that may
// block. A caller that pipelines may begin() further batches before it complete()s earlier ones: votes of one voter in
// several batches wait for the first, and answers come out of take_finished() when the whole batch is answered.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ballotbox/core/cast.h"
#include "base/clock_guard.h"
#include "ballotbox/core/elections.h"
#include "ballotbox/core/owner_snapshots.h"
#include "ballotbox/core/record_fold.h"
#include "ballotbox/core/rules.h"
#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"
#include "once/door.h"

namespace ostraka::ballotbox {

// Index snapshots, for an owner that has a place for them.
struct OwnerSnapshotOptions {
  snapshot::Sink* sink = nullptr;  // null: none are taken
  LoadSnapshot load;               // called once, behind the log's check; empty: none is looked for
  snapshot::Policy policy;
};

struct OwnerOptions {
  Partition partition;
  std::uint32_t partitions = 1;  // of the stream; an election opened under another count is a fault
  once::DoorLimits door;
  Milliseconds clock_disagreement_max = k_clock_disagreement_max;
  OwnerSnapshotOptions snapshots;
};

// Behind, it is tried this often to read on: a vote that comes meanwhile is unavailable at once.
inline constexpr Milliseconds k_between_attempts_to_read_on{250};

// For metrics. Monotonic since start.
struct OwnerCounters {
  std::array<std::uint64_t, k_cast_outcomes> answers{};  // by CastOutcome
  std::uint64_t votes_appended = 0;
  std::uint64_t markers_appended = 0;
  std::uint64_t appends = 0;
  std::uint64_t appends_refused = 0;    // disk full, invalid: surely not in the log
  std::uint64_t appends_uncertain = 0;  // any other failure
  std::uint64_t records_read = 0;       // replay, and records of somebody else
  std::uint64_t refreshes = 0;
};

// How a start went. The log's check contains what the log needs to be written to again; the spans are one behind the
// other.
struct StartReport {
  snapshot::Restored restored;
  Offset replayed_from;
  Offset replayed_to;
  std::chrono::nanoseconds checked_log{0};
  std::chrono::nanoseconds restored_snapshot{0};  // what of it was not beside the check
  std::chrono::nanoseconds replayed{0};
};

// Where one election stands in this partition.
struct SettledState {
  bool opened = false;
  bool closed = false;
  Offset closed_at;
};

class PartitionOwner {
 public:
  // Becomes the partition's writer, and replays it to its end, from a snapshot when there is one that belongs to this
  // log. Errors: damaged also when the log ends before its snapshot. The elections are refreshed first. Nothing that is
  // handed in by reference is owned; all of it must outlive the owner.
  static Result<std::unique_ptr<PartitionOwner>> start(OwnerOptions options, log::Log& log, const Clock& clock,
                                                       VoteRules& rules, RefreshElections refresh);

  // Answers every vote, in the inputs' order; blocks while the log appends. Splits what is too much for one append.
  // REQUIRES: no batch is between begin() and complete().
  std::vector<CastAnswer> cast(std::span<const CastInput> inputs);

  // Of one append: votes, and bytes of bodies that a batch may have without its records passing log::k_batch_bytes_max.
  static constexpr std::size_t k_batch_votes_max = 4096;
  static constexpr std::size_t k_record_overhead_bytes_max = 512;  // of a vote's record over its body

  struct Begun {
    std::uint64_t batch = 0;
    std::span<const std::string_view> records;  // to be appended as one; empty: there is no complete() to call
  };
  // REQUIRES: the inputs fit one append (fits_one_append). The records live until complete().
  Begun begin(std::span<const CastInput> inputs);
  static std::size_t fits_one_append(std::span<const CastInput> inputs);  // how many from the front do, at least one

  // For a caller that appends begun batches itself, in the order in which they were begun.
  log::Appender& appender() { return *appender_; }

  // REQUIRES: the batch had records, and is completed once. Batches are completed in the order they were appended.
  void complete(std::uint64_t batch, const Result<Offset>& appended);

  struct Finished {
    std::uint64_t batch = 0;
    std::vector<CastAnswer> answers;
  };
  std::vector<Finished> take_finished();

  // Reads the elections to their end and appends the markers that follow from them and from the time. Errors:
  // disk_full, unavailable (try again), or the owner is broken. The markers are durable when it returns.
  Status settle();

  SettledState settled_state(std::string_view election) const;

  // When settle() has to be called next for an end by schedule; in the past while closing waits for the clock. Empty
  // when nothing ends by itself.
  std::optional<WallTime> next_deadline() const;

  // An end has passed, and is not acted on because wall and monotonic time disagree: raise the alarm.
  bool closing_waits_for_the_clock() const { return schedule_waited_; }

  // After a batch, or when there is nothing to do: goes on with an index snapshot, if one is due, by one slice.
  // REQUIRES: no batch is between begin() and complete().
  void snapshot_turn();
  // One has begun: snapshot_turn() wants to be called soon, votes or not.
  bool is_taking_snapshot() const { return snapshots_ && snapshots_->is_taking(); }
  const StartReport& started() const { return started_; }

  // An error once the owner is broken.
  const Status& health() const { return health_; }
  // An error while it does not know what the log holds behind fold().next().
  const Status& is_abreast() const { return abreast_; }
  const std::map<std::string, std::string, std::less<>>& faults() const { return records_.faults(); }
  const OwnerCounters& counters() const { return counters_; }
  const once::Fold& fold() const { return records_.fold(); }
  Partition partition() const { return options_.partition; }

 private:
  // A vote that may be let through: what its record and its answer need.
  struct Candidate {
    const election::Entry* entry = nullptr;
    VoterKey voter;
    bool development = false;
    std::string canonical;
    std::string_view ballot_hash;  // 16 bytes, the answer's; empty for an invalid ballot
  };
  struct NewVote {
    once::Ticket ticket;
    once::VoteView vote;  // its election is the id that the fold keeps
  };
  struct Batch {
    std::uint64_t serial = 0;
    std::vector<CastAnswer> answers;
    std::size_t unanswered = 0;
    std::vector<NewVote> new_votes;
    std::string record_bytes;             // one record behind the other
    std::vector<std::size_t> record_ends;
    std::vector<std::string_view> views;  // of the records
  };
  struct Slot {
    Batch* batch = nullptr;
    std::size_t index = 0;
  };
  enum class Freshness : std::uint8_t { as_it_is, fresh };

  PartitionOwner(OwnerOptions options, log::Log& log, const Clock& clock, VoteRules& rules, RefreshElections refresh);

  // Reading and folding (partition_owner.cc).
  log::PartitionName name() const;
  Status refresh();
  Status restore();
  Status read_to(std::optional<Offset> limit);
  Status read_on();
  void fall_behind(const Error& error);
  Status append_due_markers();
  Status append_markers(const std::vector<std::string>& markers);
  Result<std::shared_ptr<const election::Entry>> find_opened(std::string_view election);
  void break_down(const Error& error);
  Error offset_given_twice(Offset at) const;
  std::shared_ptr<const election::Entry> find(std::string_view election) const;

  // Deciding and answering (partition_owner_cast.cc).
  void verify_tokens(std::span<const CastInput> inputs);
  bool decide(Batch& batch, std::size_t index, const CastInput& input, Freshness freshness);
  bool decide_entitled(Batch& batch, std::size_t index, const CastInput& input, const election::Entry& entry,
                       const token::BallotToken& token, Freshness freshness);
  std::optional<Candidate> read_ballot(const CastInput& input, const election::Entry& entry,
                                       const token::BallotToken& token, CastAnswer& answer);
  bool propose(Batch& batch, std::size_t index, Candidate candidate, Freshness freshness);
  void let_through(Batch& batch, const Candidate& candidate, const once::Ticket& ticket);
  BallotHash ballot_hash_of(std::string_view election, const VoterKey& voter, std::string_view canonical);
  void apply_appended(std::span<const NewVote> new_votes, Offset first);
  void answer(const once::Resolution& resolution);
  void finish_if_answered(Batch& batch);

  OwnerOptions options_;
  log::Log& log_;
  const Clock& clock_;
  VoteRules& rules_;
  RefreshElections refresh_;
  ClockGuard clock_guard_;
  std::unique_ptr<log::Appender> appender_;

  ElectionsView elections_ = std::make_shared<const Elections>();
  std::vector<std::shared_ptr<const election::Entry>> unsettled_;
  RecordFold records_;
  once::Door door_;
  StartReport started_;
  std::optional<OwnerSnapshots> snapshots_;

  std::uint64_t next_batch_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<Batch>> batches_;  // by serial; begun and not finished
  boost::unordered_flat_map<std::uint64_t, Slot> slots_;               // by the door's serial
  std::vector<Finished> finished_;

  bool schedule_waited_ = false;
  Status health_;
  Status abreast_;
  Offset at_least_to_;                  // while behind: known to be durable before it
  MonotonicTime not_read_on_before_{};  // while behind
  OwnerCounters counters_;
  std::vector<token::VerifiedBallotToken> verified_;  // of the batch that is being begun, by index
  std::string scratch_;
  VoteEncoder encoder_;
};

}  // namespace ostraka::ballotbox
