#include "tally/core/tally_snapshots.h"

#include <utility>

#include "base/broken.h"
#include "ostraka/v1/snapshot_records.pb.h"

namespace ostraka::tally {
namespace {

constexpr std::size_t k_slice_slack_bytes = 640 << 10;  // so that a slice, which ends with a leaf, seldom has to move

log::PartitionName name_of(Partition partition) { return {std::string(log::k_ballots_stream), partition}; }

void write(const TallyPartition::ElectionView& election, std::uint32_t table, v1::TallySnapshotElection& to) {
  to.set_election(election.id);
  if (election.marker) {
    *to.mutable_marker() = *election.marker;
  }
  to.set_closed(election.counts.closed);
  to.set_development(election.counts.development);
  to.set_counted(election.counts.counted);
  to.set_repeated_ballots(election.counts.repeated);
  to.set_outside(election.counts.outside);
  for (const election::counting::Votes& votes : election.counts.contests) {
    to.add_contests()->mutable_votes()->Add(votes.begin(), votes.end());
  }
  to.set_table(table);
}

void write_rankings(const std::string& id, const ElectionTally& tally, v1::TallySnapshot& to) {
  for (const auto& [contest, rankings] : tally.rankings()) {
    v1::TallySnapshotRankings& written = *to.add_rankings();
    written.set_election(id);
    written.set_contest(static_cast<std::uint32_t>(contest));
    written.set_bounded(rankings->bounded());
    for (const auto& [ranking, ballots] : rankings->entries()) {
      written.add_rankings(ranking);
      written.add_ballots(ballots);
    }
  }
}

Status add_marks(v1::TallySnapshot& state, log::Log& log) {
  for (v1::TallySnapshotPartition& partition : *state.mutable_partitions()) {
    v1::SnapshotMark& to = *partition.mutable_mark();
    const Result<log::Mark> mark = log.mark(name_of(Partition{to.partition()}), Offset{to.offset()});
    if (!mark) {
      return tl::make_unexpected(mark.error());
    }
    to.set_log_id(mark->log_id);
    to.set_running_crc(mark->running_crc);
  }
  return {};
}

}  // namespace

TallySnapshots::TallySnapshots(Tally& tally, log::Log& log, snapshot::Sink& sink, const snapshot::Policy& policy)
    : tally_(tally), log_(log), sink_(sink), policy_(policy), taken_at_(records()) {}

TallySnapshots::~TallySnapshots() {
  if (taker_) {
    end_taking();
    sink_.abandon();
  }
}

std::uint64_t TallySnapshots::records() const {
  std::uint64_t records = 0;
  for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
    records += tally_.partition(Partition{i}).next().value;
  }
  return records;
}

std::uint64_t TallySnapshots::voters() const {
  std::uint64_t voters = 0;
  for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
    voters += tally_.partition(Partition{i}).voters();
  }
  return voters;
}

void TallySnapshots::turn() {
  if (!taker_) {
    const std::uint64_t since = records() - taken_at_;
    if (since >= policy_.records_min && policy_.is_due(since, voters())) {
      begin();
    }
    return;
  }
  if (taker_->overflows() || sink_.failed()) {
    taken_at_ = records();  // a disk too slow for it is left alone until the next is due
    end_taking();
    sink_.abandon();
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

void TallySnapshots::begin() {
  if (log_id_.empty()) {
    const Result<log::Mark> start = log_.mark(name_of(Partition{0}), Offset{});
    if (!start) {
      return;
    }
    log_id_ = start->log_id;
  }
  if (!sink_.begin({snapshot::Owner::tally, 0, 0, log_id_})) {
    return;
  }
  taken_at_ = records();
  taker_.emplace([this](std::uint32_t number) { return table(number); });
  for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
    tally_.partition(Partition{i}).watch(this);
  }
}

void TallySnapshots::end_taking() {
  for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
    tally_.partition(Partition{i}).watch(nullptr);
  }
  taker_.reset();
}

// Elections that appear while the walk goes on come last.
const VoterSet::Table* TallySnapshots::table(std::uint32_t number) {
  if (number == tables_.size()) {
    for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
      for (const TallyPartition::ElectionView& election : tally_.partition(Partition{i}).elections()) {
        if (numbers_.emplace(&election.voters, static_cast<std::uint32_t>(tables_.size())).second) {
          tables_.push_back(&election.voters);
        }
      }
    }
  }
  return number < tables_.size() ? &tables_[number]->table() : nullptr;
}

void TallySnapshots::finish(std::string pieces) {
  v1::TallySnapshot state;
  for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
    const TallyPartition& partition = tally_.partition(Partition{i});
    v1::TallySnapshotPartition& written = *state.add_partitions();
    written.mutable_mark()->set_partition(i);
    written.mutable_mark()->set_offset(partition.next().value);
    written.set_unreadable(partition.unreadable());
    written.set_markers(partition.markers());
    for (const TallyPartition::ElectionView& election : partition.elections()) {
      write(election, numbers_.at(&election.voters), *written.add_elections());
    }
  }
  for (const auto& [id, tally] : tally_.absorb_all()) {
    write_rankings(id, tally, state);
  }
  end_taking();
  taken_at_ = records();
  sink_.finish(std::move(pieces), [state = std::move(state), &log = log_]() mutable -> Result<std::string> {
    if (const Status marked = add_marks(state, log); !marked) {
      return tl::make_unexpected(marked.error());
    }
    return state.SerializeAsString();
  });
}

void TallySnapshots::on_voter(const VoterSet& voters, const VoterKey& voter) {
  const auto number = numbers_.find(&voters);
  if (number != numbers_.end()) {
    taker_->inserted(number->second, voter, {});
  }
}

}  // namespace ostraka::tally
