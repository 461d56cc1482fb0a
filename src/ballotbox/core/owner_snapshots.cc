#include "ballotbox/core/owner_snapshots.h"

#include <utility>

#include "base/broken.h"
#include "ostraka/v1/snapshot_records.pb.h"

namespace ostraka::ballotbox {
namespace {

// So that a slice, which ends with a whole leaf, seldom has to move.
constexpr std::size_t k_slice_slack_bytes = 640 << 10;

v1::BallotBoxSnapshot state_of(const RecordFold& records) {
  const once::Fold& fold = records.fold();
  v1::BallotBoxSnapshot state;
  state.set_unreadable(fold.unreadable_records());
  state.set_markers(fold.marker_records());
  for (std::size_t i = 0; i < fold.elections().size(); ++i) {
    state.add_elections();
  }
  for (const auto& [id, number] : fold.elections()) {
    v1::BallotBoxSnapshotElection& election = *state.mutable_elections(static_cast<int>(number.value));
    election.set_election(id);
    const once::Window& window = fold.window(number);
    if (window.opened) {
      election.set_opened_at(window.opened->value);
      *election.mutable_marker() = records.opened_marker(id);
    }
    if (window.closed) {
      election.set_closed_at(window.closed->value);
    }
    const auto& verdicts = fold.counts(number).by_verdict;
    election.mutable_verdicts()->Add(verdicts.begin(), verdicts.end());
  }
  return state;
}

Status add_mark(v1::BallotBoxSnapshot& state, log::Log& log, const log::PartitionName& name, Offset at) {
  const Result<log::Mark> mark = log.mark(name, at);
  if (!mark) {
    return tl::make_unexpected(mark.error());
  }
  state.mutable_mark()->set_log_id(mark->log_id);
  state.mutable_mark()->set_partition(name.partition.value);
  state.mutable_mark()->set_offset(at.value);
  state.mutable_mark()->set_running_crc(mark->running_crc);
  return {};
}

}  // namespace

OwnerSnapshots::OwnerSnapshots(RecordFold& records, log::Log& log, log::PartitionName name, snapshot::Sink& sink,
                               const snapshot::Policy& policy)
    : records_(records), log_(log), name_(std::move(name)), sink_(sink), policy_(policy) {}

OwnerSnapshots::~OwnerSnapshots() {
  if (taker_) {
    abandon();
  }
}

void OwnerSnapshots::turn() {
  // With a fault ballots are judged malformed that are none: that is for this process only, until it is run as it should.
  const bool has_fault = !records_.faults().empty() && !broken(Break::takes_snapshots_with_a_fault);
  if (!taker_) {
    if (has_fault) {
      return;
    }
    const std::uint64_t since = records_.next().value - taken_at_.value;
    if (since >= policy_.records_min && policy_.is_due(since, records_.fold().index_entries())) {
      begin();
    }
    return;
  }
  if (has_fault || taker_->overflows() || sink_.failed()) {
    abandon();
    return;
  }
  std::optional<std::string> buffer = sink_.buffer();
  if (!buffer) {
    return;
  }
  buffer->reserve(policy_.slice_bytes + k_slice_slack_bytes);
  if (taker_->take(*buffer, policy_.slice_bytes)) {
    finish(std::move(*buffer));
  } else {
    sink_.put(std::move(*buffer));
  }
}

void OwnerSnapshots::begin() {
  if (log_id_.empty()) {
    const Result<log::Mark> start = log_.mark(name_, Offset{});
    if (!start) {
      return;
    }
    log_id_ = start->log_id;
  }
  if (!sink_.begin({snapshot::Owner::ballotbox, once::VoterIndex::Table::k_payload_size, name_.partition.value,
                    log_id_})) {
    return;
  }
  taken_at_ = records_.next();
  taker_.emplace([this](std::uint32_t number) -> const Taker::Table* {
    const once::Fold& fold = records_.fold();
    return number < fold.elections().size() ? &fold.voters(once::ElectionNumber{number}).table() : nullptr;
  });
  records_.watch(this);
}

void OwnerSnapshots::abandon() {
  taken_at_ = records_.next();  // a disk too slow for it is left alone until the next is due
  records_.watch(nullptr);
  taker_.reset();
  sink_.abandon();
}

void OwnerSnapshots::finish(std::string pieces) {
  records_.watch(nullptr);
  taker_.reset();
  taken_at_ = records_.next();
  sink_.finish(std::move(pieces),
               [state = state_of(records_), &log = log_, name = name_, at = taken_at_]() mutable -> Result<std::string> {
                 if (const Status marked = add_mark(state, log, name, at); !marked) {
                   return tl::make_unexpected(marked.error());
                 }
                 return state.SerializeAsString();
               });
}

void OwnerSnapshots::on_counted(once::ElectionNumber election, const VoterKey& voter,
                                const once::CountedBallot& ballot) {
  if (!broken(Break::no_late_entries_in_a_snapshot)) {
    taker_->inserted(election.value, voter, once::VoterIndex::pack(ballot));
  }
}

}  // namespace ostraka::ballotbox
