#include "ballotbox/core/partition_owner.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "ballotbox/core/markers.h"
#include "base/broken.h"
#include "base/check.h"

namespace ostraka::ballotbox {
namespace {

// Of one append: far below log::k_batch_bytes_max, with ids and hashes at their largest.
constexpr std::size_t k_markers_per_append_max = 1024;

std::vector<std::string_view> views_of(std::span<const std::string> records) {
  return {records.begin(), records.end()};
}

}  // namespace

PartitionOwner::PartitionOwner(OwnerOptions options, log::Log& log, const Clock& clock, VoteRules& rules,
                               RefreshElections refresh)
    : options_(std::move(options)),
      log_(log),
      clock_(clock),
      rules_(rules),
      refresh_(std::move(refresh)),
      clock_guard_(clock.wall_now(), clock.monotonic_now(), options_.clock_disagreement_max),
      records_(options_.partition, options_.partitions, rules,
               [this](std::string_view election) { return find_opened(election); }),
      door_(records_.fold(), options_.door) {
  check(options_.partition.value < options_.partitions, "the partition is one of the stream's");
}

Result<std::unique_ptr<PartitionOwner>> PartitionOwner::start(OwnerOptions options, log::Log& log, const Clock& clock,
                                                              VoteRules& rules, RefreshElections refresh) {
  std::unique_ptr<PartitionOwner> owner(new PartitionOwner(std::move(options), log, clock, rules, std::move(refresh)));
  if (const Status fresh = owner->refresh(); !fresh) {
    return tl::make_unexpected(fresh.error());
  }
  // First the writer, then the replay: behind a recovered end nobody else writes, so the replay is the whole truth.
  const MonotonicTime begun = clock.monotonic_now();
  auto appender = log.open_appender(owner->name());
  if (!appender) {
    return tl::make_unexpected(appender.error());
  }
  owner->appender_ = std::move(*appender);
  const MonotonicTime checked = clock.monotonic_now();
  if (const Status restored = owner->restore(); !restored) {
    return tl::make_unexpected(restored.error());
  }
  const MonotonicTime restored = clock.monotonic_now();
  if (const Status replayed = owner->read_to(std::nullopt); !replayed) {
    return tl::make_unexpected(replayed.error());
  }
  StartReport& report = owner->started_;
  report.replayed_to = owner->records_.next();
  report.checked_log = checked - begun;
  report.restored_snapshot = restored - checked;
  report.replayed = clock.monotonic_now() - restored;
  if (owner->records_.next() < owner->appender_->end()) {
    return fail(log.end_may_lag() ? ErrorKind::unavailable : ErrorKind::damaged, "partition {}: replay ended at {}, before the writer's end {}",
                owner->partition().value, owner->records_.next().value, owner->appender_->end().value);
  }
  return owner;
}

// Behind it the replay begins at started_.replayed_from.
Status PartitionOwner::restore() {
  OwnerSnapshotOptions& options = options_.snapshots;
  if (options.load) {
    auto restored = adopt_snapshot(records_, options.load(), log_, name(), appender_->end());
    options.load = {};
    if (!restored) {
      return tl::make_unexpected(restored.error());
    }
    started_.restored = std::move(*restored);
  }
  started_.replayed_from = records_.next();
  if (options.sink != nullptr) {
    snapshots_.emplace(records_, log_, name(), *options.sink, options.policy);
    snapshots_->restored_to(started_.replayed_from);
  }
  return {};
}

void PartitionOwner::snapshot_turn() {
  if (snapshots_ && health_) {
    snapshots_->turn();
  }
}

log::PartitionName PartitionOwner::name() const {
  return {std::string(log::k_ballots_stream), options_.partition};
}

Status PartitionOwner::refresh() {
  ++counters_.refreshes;
  auto fresh = refresh_();
  if (!fresh) {
    return tl::make_unexpected(fresh.error());
  }
  if (*fresh != elections_) {
    elections_ = std::move(*fresh);
    unsettled_ = unsettled_elections(*elections_, records_.fold());
  }
  return {};
}

std::shared_ptr<const election::Entry> PartitionOwner::find(std::string_view election) const {
  const auto found = elections_->find(election);
  return found == elections_->end() ? nullptr : found->second;
}

Result<std::shared_ptr<const election::Entry>> PartitionOwner::find_opened(std::string_view election) {
  auto entry = find(election);
  if (entry && has_opened(*entry)) {
    return entry;
  }
  // Another owner knew of the opening before this one did.
  if (const Status fresh = refresh(); !fresh) {
    return tl::make_unexpected(fresh.error());
  }
  return find(election);
}

Status PartitionOwner::read_to(std::optional<Offset> limit) {
  auto reader = log_.open_reader(name(), records_.next());
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  while (!limit || records_.next() < *limit) {
    const auto read = (*reader)->read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (read->records.empty()) {
      break;
    }
    if (read->first != records_.next()) {
      return fail(ErrorKind::damaged, "partition {}: read offset {} instead of {}", options_.partition.value,
                  read->first.value, records_.next().value);
    }
    std::span<const std::string_view> records(read->records);
    if (limit) {
      records = records.first(std::min<std::size_t>(records.size(), limit->value - records_.next().value));
    }
    std::vector<std::string_view> without_the_last;
    if (broken(Break::forgets_the_pending_on_replay) && !limit &&
        read->first.value + records.size() == appender_->end().value) {
      without_the_last.assign(records.begin(), records.end());
      without_the_last.back() = "";
      records = without_the_last;
    }
    const Status applied = records_.apply(records);
    counters_.records_read += records_.next().value - read->first.value;
    if (!applied) {
      return applied;
    }
  }
  if (limit && records_.next() < *limit) {
    return fail(log_.end_may_lag() ? ErrorKind::unavailable : ErrorKind::damaged, "partition {}: the log gave offset {}, but ends at {}", options_.partition.value,
                limit->value, records_.next().value);
  }
  return {};
}

Status PartitionOwner::append_markers(const std::vector<std::string>& markers) {
  for (std::size_t from = 0; from < markers.size(); from += k_markers_per_append_max) {
    const std::span chunk = std::span(markers).subspan(from, std::min(k_markers_per_append_max, markers.size() - from));
    const auto views = views_of(chunk);
    ++counters_.appends;
    const auto first = appender_->append(views);
    if (!first) {
      const bool surely_not = first.error().kind == ErrorKind::disk_full || first.error().kind == ErrorKind::invalid;
      ++(surely_not ? counters_.appends_refused : counters_.appends_uncertain);
      // Whatever did land is applied; what is missing is due again at the next settle(), and a second marker is
      // ignored.
      if (const Status read = surely_not ? Status{} : read_to(std::nullopt); !read) {
        fall_behind(read.error());
      }
      return tl::make_unexpected(first.error());
    }
    counters_.markers_appended += chunk.size();
    if (*first < records_.next()) {
      break_down(offset_given_twice(*first));
      return health_;
    }
    if (const Status read = read_to(first->plus(chunk.size())); !read) {
      at_least_to_ = first->plus(chunk.size());
      fall_behind(read.error());
      return read;
    }
  }
  return {};
}

Status PartitionOwner::settle() {
  if (!health_) {
    return health_;
  }
  if (const Status abreast = read_on(); !abreast) {
    return abreast;
  }
  if (const Status fresh = refresh(); !fresh) {
    return fresh;
  }
  return append_due_markers();
}

// What could not be read when it had to be. Its records may be votes that were given up: they are decided here, by the
// log's order, as any record is.
Status PartitionOwner::read_on() {
  if (abreast_ || !health_ || clock_.monotonic_now() < not_read_on_before_) {
    return abreast_;
  }
  Status read = read_to(std::nullopt);
  if (read && records_.next() < at_least_to_) {
    read = read_to(at_least_to_);  // says why not
  }
  abreast_ = {};
  if (!read) {
    fall_behind(read.error());
  }
  return abreast_;
}

void PartitionOwner::fall_behind(const Error& error) {
  if (error.kind != ErrorKind::unavailable) {
    break_down(error);
  }
  abreast_ = tl::make_unexpected(error);
  not_read_on_before_ = clock_.monotonic_now() + k_between_attempts_to_read_on;
}

Status PartitionOwner::append_due_markers() {
  for (const auto& entry : unsettled_) {
    if (entry->partitions != options_.partitions && !records_.fold().window_of(entry->definition.id).opened) {
      records_.report_fault(entry->definition.id, fmt::format("opened with {} partitions, but {} are running",
                                                              entry->partitions, options_.partitions));
    }
  }
  const WallTime now = clock_.wall_now();
  const bool agrees = broken(Break::believes_any_clock) || clock_guard_.agrees(now, clock_.monotonic_now());
  const DueMarkers due =
      due_markers(unsettled_, records_.fold(), options_.partitions, now, agrees ? Schedule::followed : Schedule::waits);
  schedule_waited_ = due.schedule_waited;
  if (due.records.empty()) {
    return {};
  }
  const Status appended = append_markers(due.records);
  unsettled_ = unsettled_elections(*elections_, records_.fold());
  return appended;
}

SettledState PartitionOwner::settled_state(std::string_view election) const {
  const once::Window window = records_.fold().window_of(election);
  return {window.opened.has_value(), window.closed.has_value(), window.closed.value_or(Offset{})};
}

std::optional<WallTime> PartitionOwner::next_deadline() const {
  return next_end(unsettled_, records_.fold());
}

Error PartitionOwner::offset_given_twice(Offset at) const {
  return {ErrorKind::damaged,
          fmt::format("partition {}: the log gave offset {} a second time", options_.partition.value, at.value)};
}

void PartitionOwner::break_down(const Error& error) {
  if (health_) {
    health_ = tl::make_unexpected(error);
  }
}

}  // namespace ostraka::ballotbox
