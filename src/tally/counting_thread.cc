#include "tally/counting_thread.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "tally/counts_message.h"
#include "tally/exact_rounds.h"

namespace ostraka::tally {

namespace {

// With nothing to read it waits for one partition after the other, this long each.
constexpr Milliseconds k_wait{10};
constexpr Milliseconds k_wait_in_a_snapshot{1};
constexpr Milliseconds k_between_beginnings{500};

}  // namespace

CountingThread::CountingThread(log::Log& log, service::ElectionsFollower& elections, Publisher& publisher,
                               std::uint32_t partitions, CountingSnapshots snapshots,
                               std::function<void(const Error&)> on_failure)
    : log_(log),
      elections_(elections),
      publisher_(publisher),
      snapshot_options_(std::move(snapshots)),
      on_failure_(std::move(on_failure)),
      tally_(partitions),
      progress_(std::make_unique<PartitionProgress[]>(partitions)),
      thread_([this] { run(); }) {}

CountingThread::~CountingThread() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

Status CountingThread::begin() {
  readers_.clear();
  ends_at_start_.clear();
  const Result<snapshot::Restored> restored = restore();
  if (!restored) {
    return tl::make_unexpected(restored.error());
  }
  std::uint64_t spared = 0;
  for (std::uint32_t i = 0; i < tally_.partitions(); ++i) {
    const TallyPartition& partition = tally_.partition(Partition{i});
    spared += partition.next().value;
    progress_[i].position = partition.next().value;
    progress_[i].voters = partition.voters();
    auto reader = log_.open_reader({std::string(log::k_ballots_stream), Partition{i}}, partition.next());
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    const Result<Offset> end = (*reader)->end();
    if (!end) {
      return tl::make_unexpected(end.error());
    }
    readers_.push_back(std::move(*reader));
    ends_at_start_.push_back(*end);
  }
  records_spared_ = spared;
  if (snapshot_options_.on_restored) {
    snapshot_options_.on_restored(*restored, spared);
  }
  if (snapshot_options_.sink != nullptr) {
    snapshots_.emplace(tally_, log_, *snapshot_options_.sink, snapshot_options_.policy);
  }
  return {};
}

Result<snapshot::Restored> CountingThread::restore() {
  if (!snapshot_options_.open_source) {
    return snapshot::Restored{};
  }
  auto source = snapshot_options_.open_source();
  if (!source && source.error().kind == ErrorKind::not_found) {
    return snapshot::Restored{};
  }
  if (!source) {
    return snapshot::Restored{snapshot::Restored::Outcome::thrown_away, source.error().message};
  }
  // What the snapshot names had been read from the elections stream before.
  auto catalogue = elections_.caught_up();
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  return restore_snapshot(tally_, **source, log_, **catalogue);
}

void CountingThread::run() {
  while (!stopping_) {
    const Status begun = begin();
    if (begun) {
      break;
    }
    if (begun.error().kind != ErrorKind::unavailable) {
      on_failure_(begun.error());
      return;
    }
    spdlog::warn("the tally waits: {}", begun.error().message);
    std::this_thread::sleep_for(k_between_beginnings);
  }
  while (!stopping_) {
    if (const Status stepped = step(); !stepped) {
      on_failure_(stepped.error());
      return;
    }
  }
  if (exact_.valid()) {
    exact_.wait();  // it looks at stopping_
  }
  snapshots_.reset();  // on the thread that owns it
}

Status CountingThread::step() {
  bool read_any = false;
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    const Result<bool> read = read_some(i);
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    read_any = read_any || *read;
    if (snapshots_) {
      snapshots_->turn();
    }
  }
  if (!caught_up_ && has_passed_start()) {
    caught_up_ = true;
    spdlog::info("caught up with the log");
    std::vector<v1::ElectionCounts> all;
    for (const election::results::ElectionCounts& counts : tally_.all(*elections_.now())) {
      all.push_back(to_message(counts));
    }
    publisher_.publish(std::move(all));
  }
  if (caught_up_) {
    publish_if_due();
  }
  if (!read_any) {
    waited_for_ = (waited_for_ + 1) % readers_.size();
    readers_[waited_for_]->wait(snapshots_ && snapshots_->is_taking() ? k_wait_in_a_snapshot : k_wait);
  }
  return {};
}

// One batch of one partition; false when there is nothing.
Result<bool> CountingThread::read_some(std::size_t partition) {
  log::Reader& reader = *readers_[partition];
  const Result<log::Records> batch = reader.read();
  PartitionProgress& progress = progress_[partition];
  if (!batch && batch.error().kind == ErrorKind::unavailable) {
    if (!progress.unavailable.exchange(true)) {
      spdlog::warn("partition {} cannot be read now: {}", partition, batch.error().message);
    }
    return false;  // the others go on, and it is tried again in the next round
  }
  if (!batch) {
    return tl::make_unexpected(batch.error());
  }
  if (progress.unavailable.exchange(false)) {
    spdlog::warn("partition {} can be read again", partition);
  }
  TallyPartition& counted = tally_.partition(Partition{static_cast<std::uint32_t>(partition)});
  const std::vector<std::string_view>& records = batch->records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i + TallyPartition::k_look_ahead < records.size()) {
      counted.prefetch(records[i + TallyPartition::k_look_ahead]);
    }
    if (const Status applied = apply(counted, records[i]); !applied) {
      return tl::make_unexpected(applied.error());
    }
  }
  progress.position = counted.next().value;
  progress.unreadable = counted.unreadable();
  progress.voters = counted.voters();
  if (const Result<Offset> end = reader.end()) {
    progress.end = end->value;
  }
  return !batch->records.empty();
}

Status CountingThread::apply(TallyPartition& partition, std::string_view record) {
  Result<Verdict> verdict = partition.apply(*elections_.now(), partition.next(), record);
  if (!verdict && verdict.error().kind == ErrorKind::not_found) {
    // The opening was durable in `elections` before its marker was written here.
    auto catalogue = elections_.caught_up();
    if (!catalogue) {
      return tl::make_unexpected(catalogue.error());
    }
    verdict = partition.apply(**catalogue, partition.next(), record);
  }
  if (!verdict) {
    // An opening that is not there yet: after a loss of power its stream's last records show only when `elections` has
    // opened it again. Ending and starting afresh is the wait.
    const ErrorKind kind =
        verdict.error().kind == ErrorKind::not_found ? ErrorKind::unavailable : ErrorKind::damaged;
    return fail(kind, "partition {} at offset {}: {}", partition.partition().value,
                partition.next().value, verdict.error().message);
  }
  return {};
}

void CountingThread::publish_if_due() {
  const auto now = std::chrono::steady_clock::now();
  if (now - published_at_ < k_publish_interval) {
    return;
  }
  published_at_ = now;
  adopt_exact_rounds();
  begin_exact_rounds();
  std::vector<v1::ElectionCounts> changed;
  for (const election::results::ElectionCounts& counts : tally_.take_changed(*elections_.now())) {
    changed.push_back(to_message(counts));
  }
  if (!changed.empty()) {
    publisher_.publish(std::move(changed));
  }
}

void CountingThread::begin_exact_rounds() {
  if (exact_.valid()) {
    return;
  }
  const std::shared_ptr<const election::Catalogue> catalogue = elections_.now();
  const std::vector<std::string> needing = tally_.needing_exact_rounds(*catalogue);
  if (needing.empty()) {
    return;
  }
  spdlog::info("election '{}' is counted again from the log: its rankings were too many to keep live", needing.front());
  exact_ = std::async(std::launch::async, [this, catalogue, election = needing.front()] {
    return count_exactly(log_, *catalogue, election, tally_.partitions(), stopping_);
  });
}

void CountingThread::adopt_exact_rounds() {
  if (!exact_.valid() || exact_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    return;
  }
  const Result<election::results::ElectionCounts> exact = exact_.get();
  if (exact) {
    tally_.adopt_exact(*exact);
  } else {
    spdlog::error("the exact count failed and is tried again: {}", exact.error().message);
  }
}

bool CountingThread::has_passed_start() const {
  for (std::size_t i = 0; i < ends_at_start_.size(); ++i) {
    if (progress_[i].position < ends_at_start_[i].value) {
      return false;
    }
  }
  return true;
}

}  // namespace ostraka::tally
