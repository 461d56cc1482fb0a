#include "sim/following_tally.h"

#include <limits>

#include "sim/counting_log.h"

namespace ostraka::sim {

bool FollowingTally::start() {
  try {
    auto process = world_.backend.start_process();
    if (!process) {
      return false;
    }
    process_ = std::move(*process);
    log_ = counting_log(world_.variant, Counter::tally, process_->log());
    tally_.emplace(world_.plan.partitions);
    place_.emplace(*process_, "tally.snapshot");
    if (const Status opened = open_readers(); !opened) {
      world_.history.violations.push_back("the tally cannot read: " + opened.error().message);
      die();
      return false;
    }
    if (place_->sink() != nullptr) {
      snapshots_.emplace(*tally_, *log_, *place_->sink(), SnapshotPlace::policy());
    }
  } catch (const ProcessDied&) {
    die();
    return false;
  }
  ++starts_;
  return true;
}

void FollowingTally::die() {
  if (process_) {
    process_->kill();  // a snapshot that it was writing stays as it is
  }
  snapshots_.reset();
  place_.reset();
  tally_.reset();
  caught_up_ = false;
  ends_at_start_.clear();
  readers_.clear();
  known_.reset();
  catalogue_.reset();
  log_.reset();
  process_.reset();
}

Status FollowingTally::restore() {
  const snapshot::OpenSource open = place_->open_source();
  if (!open) {
    return {};
  }
  auto source = open();
  if (!source) {
    if (source.error().kind != ErrorKind::not_found) {
      note_restored(world_, {snapshot::Restored::Outcome::thrown_away, source.error().message});
    }
    return {};
  }
  auto catalogue = catalogue_->caught_up();
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  known_ = std::move(*catalogue);
  const auto restored = tally::restore_snapshot(*tally_, **source, *log_, *known_);
  if (!restored) {
    return tl::make_unexpected(restored.error());
  }
  world_.history.tallies_restored += note_restored(world_, *restored) ? 1 : 0;
  return {};
}

Status FollowingTally::open_readers() {
  auto catalogue = CatalogueReader::open(*log_, world_.catalogue_memo);
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  catalogue_ = std::move(*catalogue);
  known_ = world_.catalogue_memo.empty();
  if (Status restored = restore(); !restored) {
    return restored;
  }
  for (std::uint32_t partition = 0; partition < world_.plan.partitions; ++partition) {
    auto reader = log_->open_reader({std::string(log::k_ballots_stream), Partition{partition}},
                                    tally_->partition(Partition{partition}).next());
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    const auto end = (*reader)->end();
    if (!end) {
      return tl::make_unexpected(end.error());
    }
    readers_.push_back(std::move(*reader));
    ends_at_start_.push_back(*end);
  }
  return {};
}

void FollowingTally::step(std::size_t batches_max) {
  for (std::uint32_t partition = 0; partition < readers_.size(); ++partition) {
    const auto read = read_some(partition, batches_max);
    if (!read) {
      world_.history.violations.push_back("the tally stops: " + read.error().message);
      die();
      return;
    }
  }
  if (const Status published = publish(); !published) {
    world_.history.violations.push_back("the tally stops: " + published.error().message);
    die();
    return;
  }
  snapshot();
}

void FollowingTally::snapshot() {
  try {
    if (snapshots_ && world_.rng.chance(world_.plan.snapshot_turns)) {
      snapshots_->turn();
    }
  } catch (const ProcessDied&) {
    die();
  }
}

void FollowingTally::catch_up() {
  step(std::numeric_limits<std::size_t>::max());
}

Result<bool> FollowingTally::read_some(std::uint32_t partition, std::size_t batches_max) {
  for (std::size_t batch = 0; batch < batches_max; ++batch) {
    const auto read = readers_[partition]->read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (read->records.empty()) {
      return false;
    }
    for (const std::string_view record : read->records) {
      if (const Status applied = apply(tally_->partition(Partition{partition}), record); !applied) {
        return tl::make_unexpected(applied.error());
      }
    }
  }
  return true;
}

Status FollowingTally::apply(tally::TallyPartition& partition, std::string_view record) {
  auto verdict = partition.apply(*known_, partition.next(), record);
  if (!verdict && verdict.error().kind == ErrorKind::not_found) {
    auto catalogue = catalogue_->caught_up();
    if (!catalogue) {
      return tl::make_unexpected(catalogue.error());
    }
    known_ = std::move(*catalogue);
    verdict = partition.apply(*known_, partition.next(), record);
  }
  return verdict ? Status{} : tl::make_unexpected(verdict.error());
}

Status FollowingTally::publish() {
  if (!caught_up_ && !has_passed_start()) {
    return {};
  }
  const bool is_first = !std::exchange(caught_up_, true);
  for (const auto& counts : is_first ? tally_->all(*known_) : tally_->take_changed(*known_)) {
    world_.history.note(counts.election);
    for (const auto& partition : counts.partitions) {
      world_.history.note(partition.covers.value);
    }
    for (std::string& wrong : published_.publish(counts)) {
      world_.history.violations.push_back(std::move(wrong));
    }
  }
  return {};
}

bool FollowingTally::has_passed_start() const {
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    if (readers_[i]->position() < ends_at_start_[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace ostraka::sim
