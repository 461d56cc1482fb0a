#include "log/embedded/partition_writer.h"

#include <algorithm>

#include "base/broken.h"
#include "base/check.h"
#include "log/embedded/batch.h"
#include "log/embedded/layout.h"

namespace ostraka::log {

namespace {

// Behind every batch of records there is room for a seal, and for the end of the segment.
constexpr std::size_t k_reserved_bytes = 2 * k_block_bytes;

void tell(const WriterOptions& options, LogEvent::Kind kind, std::string message) {
  if (options.on_event) {
    options.on_event({kind, std::move(message)});
  }
}

}  // namespace

Result<std::unique_ptr<PartitionWriter>> PartitionWriter::open(const Storage& storage, const std::string& directory,
                                                               const PartitionName& name, const LogId& id,
                                                               const WriterOptions& options) {
  PartitionPlace place{partition_directory(directory, name), name, id};
  if (Status made = storage.ensure_directory(place.directory); !made) {
    return tl::make_unexpected(made.error());
  }
  Result<RecoveredPartition> recovered = recover_partition(storage, place, options.sizes, options.recover_from);
  if (!recovered) {
    return tl::make_unexpected(recovered.error());
  }
  if (!recovered->cut.empty()) {
    tell(options, LogEvent::Kind::cut, recovered->cut);
  }
  if (recovered->end > Offset{}) {
    tell(options, LogEvent::Kind::recovered,
         fmt::format("{}: goes on at offset {}, {} segments", place.directory, recovered->end.value,
                     recovered->segments));
  }
  return std::unique_ptr<PartitionWriter>(
      new PartitionWriter(storage, std::move(*recovered), std::move(place), options));
}

PartitionWriter::PartitionWriter(const Storage& storage, RecoveredPartition recovered, PartitionPlace place,
                                 WriterOptions options)
    : storage_{storage.files,
               [this, fatal = storage.fatal](const std::string& what) {
                 poisoned_ = true;
                 fatal(what);
               }},
      place_(std::move(place)),
      options_(std::move(options)),
      lock_(std::move(recovered.lock)),
      watermark_(std::move(*recovered.watermark)),
      active_(std::move(recovered.active)),
      active_path_(std::move(recovered.active_path)),
      header_(std::move(recovered.header)),
      position_(recovered.position),
      end_(recovered.end),
      last_crc_(recovered.last_crc),
      crc_at_start_(recovered.crc_at_start),
      sealed_(recovered.sealed),
      segments_(recovered.segments) {}

PartitionWriter::~PartitionWriter() {
  // A fatal handler that throws (tests) must not do so out of a destructor; one that ends the process has done so.
  try {
    (void)seal_if_idle();
    if (next_ && !poisoned_) {
      (void)storage_.files.remove(next_->path);
    }
  } catch (...) {
    poisoned_ = true;
  }
}

Result<Offset> PartitionWriter::append(std::span<const std::string_view> records) {
  if (poisoned_) {
    return fail(ErrorKind::unavailable, "{}: storage failed before", active_path_);
  }
  if (records.empty()) {
    return end_;
  }
  if (Status valid = check_records(records); !valid) {
    return tl::make_unexpected(valid.error());
  }
  return append_checked(records);
}

Result<Offset> PartitionWriter::append_checked(std::span<const std::string_view> records) {
  std::size_t payload_bytes_max = 0;  // the framing takes at most this much more
  for (const std::string_view record : records) {
    payload_bytes_max += record.size() + 10;
  }
  const std::size_t bytes_max = batch_bytes(std::min(payload_bytes_max, k_payload_bytes_max));
  if (ended_ || !fits(bytes_max + k_reserved_bytes)) {
    Status rolled = roll(bytes_max);
    note_space(rolled);
    if (!rolled) {
      return tl::make_unexpected(rolled.error());
    }
  }
  BatchHeader header;
  header.kind = BatchKind::data;
  Status written = write_batch(header, records);
  note_space(written);
  if (!written) {
    return tl::make_unexpected(written.error());
  }
  const Offset first = end_;
  end_ = end_.plus(records.size());
  watermark_.publish(end_);
  return first;
}

// One batch at position_, durable when this succeeds.
Status PartitionWriter::write_batch(BatchHeader header, std::span<const std::string_view> records) {
  header.base = end_;
  header.durable_before = end_;
  header.log_id_bits = place_.log_id.first_eight();
  header.wall_time_ms = to_milliseconds(options_.clock->wall_now());
  header.previous_crc = last_crc_;
  encode_batch(header, records, buffer_);
  const std::uint64_t batch_end = position_ + buffer_.size();
  check(batch_end <= header_.segment_bytes);
  if (dirty_until_ > batch_end) {
    // What a failed longer write left behind this batch would look like damage.
    buffer_.resize(dirty_until_ - position_, '\0');
  }
  dirty_until_ = std::max(dirty_until_, batch_end);
  if (Status written = active_->write_at(position_, buffer_); !written) {
    const bool is_full = written.error().kind == ErrorKind::disk_full;
    if (!is_full || !broken(Break::ignores_a_full_disk)) {
      return is_full ? written : Status(storage_.broken(written.error()));
    }
  }
  if (Status synced = broken(Break::answers_before_sync) ? Status{} : sync_timed(); !synced) {
    return synced;
  }
  dirty_until_ = 0;
  position_ = batch_end;
  last_crc_ = header.header_crc;
  sealed_ = header.kind != BatchKind::data;
  return {};
}

Status PartitionWriter::sync_timed() {
  const MonotonicTime before = options_.clock->monotonic_now();
  Status synced = storage_.sync(*active_, active_path_);
  if (options_.on_sync) {
    options_.on_sync(options_.clock->monotonic_now() - before);
  }
  return synced;
}

Status PartitionWriter::seal_if_idle() {
  if (poisoned_ || sealed_) {
    return {};
  }
  return seal_with(BatchKind::seal);
}

Status PartitionWriter::seal_with(BatchKind kind) {
  BatchHeader header;
  header.kind = kind;
  if (Status written = write_batch(header, {}); !written) {
    return written;
  }
  // Also the other proof: with both on the medium, not even a lost segment file goes unnoticed.
  if (Status synced = watermark_.sync(); !synced) {
    return storage_.broken(synced.error());
  }
  return {};
}

std::optional<PartitionWriter::Wanted> PartitionWriter::wants_next() const {
  if (poisoned_ || next_ || position_ < header_.segment_bytes / 2) {
    return std::nullopt;
  }
  return Wanted{fmt::format("{}/next-{}{}", place_.directory, prepared_count_, k_unfinished_suffix),
                options_.sizes.bytes(segments_)};
}

void PartitionWriter::accept_next(PreparedSegment prepared) {
  if (next_) {
    (void)storage_.files.remove(prepared.path);
    return;
  }
  ++prepared_count_;
  next_ = std::move(prepared);
}

Status PartitionWriter::prepare_next() {
  return wants_next() ? ensure_next(options_.sizes.bytes(segments_)) : Status{};
}

Status PartitionWriter::ensure_next(std::uint64_t bytes_min) {
  if (next_ && next_->bytes >= bytes_min) {
    return {};
  }
  if (next_) {
    if (Status removed = storage_.files.remove(next_->path); !removed) {
      return removed;
    }
    next_.reset();
  }
  // A name that the one being prepared elsewhere at this moment does not have.
  const std::string path = fmt::format("{}/now-{}{}", place_.directory, prepared_count_++, k_unfinished_suffix);
  const std::uint64_t bytes = std::max(options_.sizes.bytes(segments_), bytes_min);
  Result<PreparedSegment> prepared = prepare_segment(storage_, path, bytes);
  if (!prepared) {
    return tl::make_unexpected(prepared.error());
  }
  next_ = std::move(*prepared);
  return {};
}

// The order matters: the space for the next segment first, so that a full disk leaves everything as it was; then the
// end of this one; then the next one's name.
Status PartitionWriter::roll(std::size_t batch_bytes_needed) {
  const std::uint64_t bytes = k_segment_header_bytes + batch_bytes_needed + k_reserved_bytes;
  if (Status prepared = ensure_next((bytes + k_block_bytes - 1) / k_block_bytes * k_block_bytes); !prepared) {
    return prepared;
  }
  // A segment without records is replaced by the larger one: both would have the same name.
  const bool replaces = header_.base == end_;
  if (!replaces && !ended_) {
    if (Status ended = seal_with(BatchKind::end); !ended) {
      return ended;
    }
    ended_ = true;
  }
  const SegmentHeader header{place_.log_id, place_.name, end_, next_->bytes};
  if (Status active = activate_segment(storage_, *next_, header, place_.directory); !active) {
    return active;
  }
  active_ = std::move(next_->file);
  next_.reset();
  active_path_ = segment_path(place_.directory, end_);
  header_ = header;
  position_ = k_segment_header_bytes;
  dirty_until_ = 0;
  sealed_ = true;
  ended_ = false;
  if (replaces) {
    last_crc_ = crc_at_start_;
    watermark_.begin_epoch();
  } else {
    crc_at_start_ = last_crc_;
    ++segments_;
  }
  return {};
}

// Tells when space runs out and when it is back, once each.
void PartitionWriter::note_space(const Status& outcome) {
  const bool full = !outcome && outcome.error().kind == ErrorKind::disk_full;
  if (full && !full_) {
    tell(options_, LogEvent::Kind::disk_full,
         fmt::format("{}: no space: {}", place_.directory, outcome.error().message));
  }
  if (outcome && full_) {
    tell(options_, LogEvent::Kind::space_again, place_.directory + ": there is space again");
  }
  if (full || outcome) {
    full_ = full;
  }
}

}  // namespace ostraka::log
