#include <algorithm>
#include <map>
#include <utility>

#include "ballotbox/core/owner_snapshots.h"
#include "base/broken.h"
#include "ostraka/v1/snapshot_records.pb.h"

namespace ostraka::ballotbox {
namespace {

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

Result<snapshot::Restored> restore_snapshot(RecordFold& records, snapshot::Source& source, log::Log& log,
                                            const log::PartitionName& name, Offset end) {
  const Result<log::Mark> start = log.mark(name, Offset{});
  if (!start) {
    return thrown_away(start.error().message);
  }
  if (source.header() != snapshot::FileHeader{snapshot::Owner::ballotbox, once::VoterIndex::Table::k_payload_size,
                                              name.partition.value, start->log_id}) {
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
