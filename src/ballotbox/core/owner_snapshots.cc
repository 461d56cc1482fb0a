#include "ballotbox/core/owner_snapshots.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/broken.h"
#include "ostraka/v1/snapshot_records.pb.h"

namespace ostraka::ballotbox {
namespace {

constexpr std::uint8_t k_payload_bytes = once::VoterIndex::k_offset_bytes + once::VoterIndex::k_hash_bytes;
// So that a slice, which ends with a whole leaf, seldom has to move.
constexpr std::size_t k_slice_slack_bytes = 128 << 10;

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

// By table. One that has no voter has no piece.
using Voters = std::map<std::uint32_t, once::VoterIndex>;

// The elections of a state, with the voters that were read for them.
std::optional<std::vector<once::FoldImage::Election>> elections_of(const v1::BallotBoxSnapshot& state, Voters voters) {
  std::vector<once::FoldImage::Election> elections;
  for (int i = 0; i < state.elections_size(); ++i) {
    const v1::BallotBoxSnapshotElection& given = state.elections(i);
    if (given.verdicts_size() != static_cast<int>(once::k_verdicts) || given.has_opened_at() != given.has_marker()) {
      return std::nullopt;
    }
    once::FoldImage::Election& election = elections.emplace_back();
    election.id = given.election();
    if (given.has_opened_at()) {
      election.window.opened = Offset{given.opened_at()};
      election.window.partitions = given.marker().partitions();
    }
    if (given.has_closed_at()) {
      election.window.closed = Offset{given.closed_at()};
    }
    std::copy(given.verdicts().begin(), given.verdicts().end(), election.counts.by_verdict.begin());
    if (auto of_table = voters.extract(static_cast<std::uint32_t>(i))) {
      election.voters = std::move(of_table.mapped());
    }
  }
  return voters.empty() ? std::optional(std::move(elections)) : std::nullopt;
}

snapshot::Restored thrown_away(std::string why) {
  return {snapshot::Restored::Outcome::thrown_away, std::move(why)};
}

// Reads tables and state. Empty: `why` says why not.
std::optional<v1::BallotBoxSnapshot> read_all(snapshot::Source& source, Voters& voters, std::string& why) {
  v1::BallotBoxSnapshot state;
  bool has_state = false;
  while (true) {
    const auto piece = source.next();
    if (!piece) {
      why = piece.error().message;
      return std::nullopt;
    }
    if (!*piece) {
      break;
    }
    const snapshot::PieceHeader& header = (*piece)->header;
    if (header.kind == snapshot::PieceKind::state) {
      has_state = state.ParseFromArray((*piece)->body.data(), static_cast<int>((*piece)->body.size()));
      continue;
    }
    if (!snapshot::put_piece(voters[header.table].table(), **piece)) {
      why = "a piece that does not fit its table";
      return std::nullopt;
    }
  }
  why = has_state ? "" : "its state is not readable";
  return has_state ? std::optional(std::move(state)) : std::nullopt;
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
    if (policy_.is_due(since, records_.fold().index_entries())) {
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
  if (!sink_.begin({snapshot::Owner::ballotbox, k_payload_bytes, name_.partition.value, log_id_})) {
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

Result<snapshot::Restored> restore_snapshot(RecordFold& records, snapshot::Source& source, log::Log& log,
                                            const log::PartitionName& name, Offset end) {
  const Result<log::Mark> start = log.mark(name, Offset{});
  if (!start) {
    return thrown_away(start.error().message);
  }
  if (source.header() != snapshot::FileHeader{snapshot::Owner::ballotbox, k_payload_bytes, name.partition.value,
                                              start->log_id}) {
    return thrown_away("it is of another log, partition or service");
  }
  Voters voters;
  std::string why;
  std::optional<v1::BallotBoxSnapshot> state = read_all(source, voters, why);
  if (!state) {
    return thrown_away(std::move(why));
  }
  const Offset at{state->mark().offset()};
  if (state->mark().log_id() != start->log_id || state->mark().partition() != name.partition.value) {
    return thrown_away("its state is of another log or partition");
  }
  if (at > end) {
    return fail(ErrorKind::damaged,
                "partition {}: a snapshot covers the records before offset {}, which were durable, but the log ends at "
                "{}: records are lost; restore the log (or, if that is meant, delete the snapshot)",
                name.partition.value, at.value, end.value);
  }
  const Result<log::Mark> mark = log.mark(name, at);
  if (!mark || mark->running_crc != state->mark().running_crc()) {
    return thrown_away(mark ? "the log has other records before its offset" : mark.error().message);
  }
  auto elections = elections_of(*state, std::move(voters));
  if (!elections) {
    return thrown_away("its elections are not whole");
  }
  const Offset next = broken(Break::trusts_a_snapshot_beyond_its_offset) ? end : at;
  once::FoldImage image{next, state->unreadable(), state->markers(), std::move(*elections)};
  auto fold = once::Fold::from_image(name.partition, std::move(image));
  if (!fold) {
    return thrown_away("its counters do not add up");
  }
  std::vector<v1::OpenedMarker> markers;
  for (const v1::BallotBoxSnapshotElection& election : state->elections()) {
    if (election.has_marker()) {
      markers.push_back(election.marker());
    }
  }
  if (const Status adopted = records.adopt(std::move(*fold), markers); !adopted) {
    return tl::make_unexpected(adopted.error());
  }
  return snapshot::Restored{snapshot::Restored::Outcome::restored, {}};
}

}  // namespace ostraka::ballotbox
