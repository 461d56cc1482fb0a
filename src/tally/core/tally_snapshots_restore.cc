#include <map>
#include <utility>

#include "base/broken.h"
#include "ostraka/v1/snapshot_records.pb.h"
#include "tally/core/tally_snapshots.h"

namespace ostraka::tally {
namespace {

using snapshot::Restored;

Restored not_used(std::string why) {
  return {Restored::Outcome::thrown_away, std::move(why)};
}

// By table. One that has no voter has no piece.
using Tables = std::map<std::uint32_t, VoterSet>;

std::optional<v1::TallySnapshot> read_pieces(snapshot::Source& source, Tables& tables, std::string& why) {
  v1::TallySnapshot state;
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
    if ((*piece)->header.kind == snapshot::PieceKind::state) {
      has_state = state.ParseFromArray((*piece)->body.data(), static_cast<int>((*piece)->body.size()));
    } else if (!snapshot::put_piece(tables[(*piece)->header.table].table(), **piece)) {
      why = "a piece that does not fit its table";
      return std::nullopt;
    }
  }
  why = "its state is not readable";
  return has_state ? std::optional(std::move(state)) : std::nullopt;
}

PartitionImage image_of(const v1::TallySnapshotPartition& from, Tables& tables) {
  PartitionImage image;
  image.next = Offset{from.mark().offset()};
  image.markers = from.markers();
  image.unreadable = from.unreadable();
  for (const v1::TallySnapshotElection& given : from.elections()) {
    PartitionImage::Election& election = image.elections.emplace_back();
    election.id = given.election();
    if (given.has_marker()) {
      election.marker = given.marker();
    }
    election.counts.partition = Partition{from.mark().partition()};
    election.counts.opened = given.has_marker();
    election.counts.closed = given.closed();
    election.counts.development = given.development();
    election.counts.counted = given.counted();
    election.counts.repeated = given.repeated_ballots();
    election.counts.outside = given.outside();
    for (const v1::TallySnapshotVotes& votes : given.contests()) {
      election.counts.contests.emplace_back(votes.votes().begin(), votes.votes().end());
    }
    if (auto voters = tables.extract(given.table())) {
      election.voters = std::move(voters.mapped());
    }
  }
  return image;
}

Result<election::counting::RankingCounts> rankings_of(const v1::TallySnapshotRankings& from) {
  if (from.rankings_size() != from.ballots_size()) {
    return fail(ErrorKind::invalid, "rankings without their number of ballots");
  }
  election::counting::RankingCounts rankings(election::counting::k_distinct_rankings_unlimited);
  if (from.bounded()) {
    rankings.become_bounded();
  }
  for (int i = 0; i < from.rankings_size(); ++i) {
    rankings.add(from.rankings(i), from.ballots(i));
  }
  return rankings;
}

// Whether the state belongs to this log; thrown away when not. Errors: as restore_snapshot().
Result<std::optional<Restored>> what_disagrees(const v1::TallySnapshot& state, std::uint32_t partitions,
                                               log::Log& log) {
  if (state.partitions_size() != static_cast<int>(partitions)) {
    return not_used("it has another number of partitions");
  }
  for (std::uint32_t i = 0; i < partitions; ++i) {
    const v1::SnapshotMark& mark = state.partitions(static_cast<int>(i)).mark();
    const Offset at{mark.offset()};
    auto reader = log.open_reader({std::string(log::k_ballots_stream), Partition{i}}, Offset{});
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    const Result<Offset> end = (*reader)->end();
    if (!end) {
      return tl::make_unexpected(end.error());
    }
    const Result<log::Mark> now = log.mark({std::string(log::k_ballots_stream), Partition{i}}, Offset{});
    if (!now && now.error().kind == ErrorKind::unavailable) {
      return tl::make_unexpected(now.error());
    }
    if (!now || now->log_id != mark.log_id() || mark.partition() != i) {
      return not_used("it is of another log");
    }
    if (at > *end) {
      return fail(ErrorKind::unavailable,
                  "partition {}: a snapshot covers the records before offset {}, which were durable, but the log ends "
                  "at {}: its ballot box has not been back, or records are lost; restore the log (or, if that is meant, "
                  "delete the snapshot)",
                  i, at.value, end->value);
    }
    const Result<log::Mark> there = log.mark({std::string(log::k_ballots_stream), Partition{i}}, at);
    if (!there && there.error().kind == ErrorKind::unavailable) {
      return tl::make_unexpected(there.error());
    }
    if (!there || there->running_crc != mark.running_crc()) {
      return not_used(there ? "the log has other records before its offset" : there.error().message);
    }
  }
  return std::nullopt;
}

// Only when all partitions can.
Status adopt_all(Tally& tally, std::vector<PartitionImage> images, const election::Catalogue& catalogue) {
  std::vector<TallyPartition> restored;
  for (std::uint32_t i = 0; i < images.size(); ++i) {
    restored.push_back(tally.fresh_partition(Partition{i}));
    if (Status adopted = restored.back().adopt(std::move(images[i]), catalogue); !adopted) {
      return adopted;
    }
  }
  for (std::uint32_t i = 0; i < restored.size(); ++i) {
    tally.partition(Partition{i}) = std::move(restored[i]);
  }
  return {};
}

}  // namespace

Result<Restored> restore_snapshot(Tally& tally, snapshot::Source& source, log::Log& log,
                                  const election::Catalogue& catalogue) {
  const snapshot::FileHeader& header = source.header();
  if (header.owner != snapshot::Owner::tally || header.payload_bytes != 0 || header.partition != 0) {
    return not_used("it is of another service");
  }
  Tables tables;
  std::string why;
  const std::optional<v1::TallySnapshot> state = read_pieces(source, tables, why);
  if (!state) {
    return not_used(std::move(why));
  }
  auto disagrees = what_disagrees(*state, tally.partitions(), log);
  if (!disagrees || *disagrees) {
    return disagrees ? Result<Restored>(std::move(**disagrees)) : tl::make_unexpected(disagrees.error());
  }
  std::vector<PartitionImage> images;
  for (const v1::TallySnapshotPartition& partition : state->partitions()) {
    images.push_back(image_of(partition, tables));
    if (broken(Break::tally_trusts_a_snapshot_beyond_its_offset)) {
      auto reader = log.open_reader({std::string(log::k_ballots_stream), Partition{partition.mark().partition()}}, {});
      images.back().next = (*reader)->end().value();
    }
  }
  if (!tables.empty()) {
    return not_used("voters of no election");
  }
  std::vector<election::counting::RankingCounts> rankings;
  for (const v1::TallySnapshotRankings& given : state->rankings()) {
    auto counted = rankings_of(given);
    if (!counted) {
      return not_used(counted.error().message);
    }
    rankings.push_back(std::move(*counted));
  }
  if (const Status adopted = adopt_all(tally, std::move(images), catalogue); !adopted) {
    if (adopted.error().kind == ErrorKind::not_found) {
      // After a loss of power the elections' end shows only once its writer has been back: then the snapshot is good.
      return fail(ErrorKind::unavailable, "{}", adopted.error().message);
    }
    return not_used(adopted.error().message);
  }
  for (int i = 0; i < state->rankings_size(); ++i) {
    tally.put_rankings(state->rankings(i).election(), state->rankings(i).contest(), rankings[static_cast<std::size_t>(i)]);
  }
  return Restored{Restored::Outcome::restored, {}};
}

}  // namespace ostraka::tally
