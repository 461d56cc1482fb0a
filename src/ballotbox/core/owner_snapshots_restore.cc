#include <algorithm>
#include <map>
#include <utility>

#include "ballotbox/core/owner_snapshots.h"
#include "base/broken.h"
#include "ostraka/v1/snapshot_records.pb.h"

namespace ostraka::ballotbox {
namespace {

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

// Whether the log has, before the snapshot's offset, what it had when the snapshot was taken. Errors: damaged when it
// ends before; unavailable when it cannot tell now, which is no reason to throw anything away.
Result<std::optional<snapshot::Restored>> what_disagrees(const LoadedSnapshot& loaded, log::Log& log,
                                                         const log::PartitionName& name, Offset end) {
  const v1::SnapshotMark& taken = loaded.state.mark();
  const std::uint32_t partition = name.partition.value;
  const Offset at{taken.offset()};
  const Result<log::Mark> start = log.mark(name, Offset{});
  if (!start && start.error().kind == ErrorKind::unavailable) {
    return tl::make_unexpected(start.error());
  }
  if (!start) {
    return thrown_away(start.error().message);
  }
  if (loaded.header.log_id != start->log_id || taken.log_id() != start->log_id ||
      loaded.header.partition != partition || taken.partition() != partition) {
    return thrown_away("it is of another log or partition");
  }
  const bool ends_before = at > end && !log.end_may_lag();
  const Result<log::Mark> mark = ends_before ? fail(ErrorKind::not_found, "behind the end") : log.mark(name, at);
  if (!mark && mark.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::damaged,
                "partition {}: a snapshot covers the records before offset {}, which were durable, but the log ends at "
                "{}: records are lost; restore the log (or, if that is meant, delete the snapshot)",
                partition, at.value, end.value);
  }
  if (!mark && mark.error().kind == ErrorKind::unavailable) {
    return tl::make_unexpected(mark.error());
  }
  if (!mark || mark->running_crc != taken.running_crc()) {
    return thrown_away(mark ? "the log has other records before its offset" : mark.error().message);
  }
  return std::nullopt;
}

// Reads tables and state. Empty: nothing is wrong.
std::string read_all(snapshot::Source& source, LoadedSnapshot& loaded) {
  bool has_state = false;
  while (true) {
    const auto piece = source.next();
    if (!piece) {
      return piece.error().message;
    }
    if (!*piece) {
      return has_state ? "" : "its state is not readable";
    }
    const snapshot::PieceHeader& header = (*piece)->header;
    if (header.kind == snapshot::PieceKind::state) {
      has_state = loaded.state.ParseFromArray((*piece)->body.data(), static_cast<int>((*piece)->body.size()));
      continue;
    }
    if (!snapshot::put_piece(loaded.voters[header.table].table(), **piece)) {
      return "a piece that does not fit its table";
    }
  }
}

}  // namespace

LoadedSnapshot load_snapshot(const snapshot::OpenSource& open) {
  LoadedSnapshot loaded;
  const auto source = open();
  if (!source) {
    if (source.error().kind != ErrorKind::not_found) {
      loaded.found = thrown_away(source.error().message);
    }
    return loaded;
  }
  loaded.header = (*source)->header();
  std::string wrong;
  if (loaded.header.owner != snapshot::Owner::ballotbox ||
      loaded.header.payload_bytes != once::VoterIndex::Table::k_payload_size) {
    wrong = "it is of another service";
  } else {
    wrong = read_all(**source, loaded);
  }
  if (!wrong.empty()) {
    return {thrown_away(std::move(wrong)), {}, {}, {}};
  }
  loaded.found.outcome = snapshot::Restored::Outcome::restored;
  return loaded;
}

Result<snapshot::Restored> adopt_snapshot(RecordFold& records, LoadedSnapshot loaded, log::Log& log,
                                          const log::PartitionName& name, Offset end) {
  if (loaded.found.outcome != snapshot::Restored::Outcome::restored) {
    return std::move(loaded.found);
  }
  auto disagrees = what_disagrees(loaded, log, name, end);
  if (!disagrees || *disagrees) {
    return disagrees ? Result<snapshot::Restored>(std::move(**disagrees)) : tl::make_unexpected(disagrees.error());
  }
  const v1::BallotBoxSnapshot& state = loaded.state;
  const Offset at{state.mark().offset()};
  auto elections = elections_of(state, std::move(loaded.voters));
  if (!elections) {
    return thrown_away("its elections are not whole");
  }
  const Offset next = broken(Break::trusts_a_snapshot_beyond_its_offset) ? end : at;
  once::FoldImage image{next, state.unreadable(), state.markers(), std::move(*elections)};
  auto fold = once::Fold::from_image(name.partition, std::move(image));
  if (!fold) {
    return thrown_away("its counters do not add up");
  }
  std::vector<v1::OpenedMarker> markers;
  for (const v1::BallotBoxSnapshotElection& election : state.elections()) {
    if (election.has_marker()) {
      markers.push_back(election.marker());
    }
  }
  if (const Status adopted = records.adopt(std::move(*fold), markers); !adopted) {
    return tl::make_unexpected(adopted.error());
  }
  return std::move(loaded.found);
}

}  // namespace ostraka::ballotbox
