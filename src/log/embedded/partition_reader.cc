#include "log/embedded/partition_reader.h"

#include <algorithm>
#include <thread>

#include "base/broken.h"
#include "log/embedded/batch.h"
#include "base/crc32c.h"
#include "log/embedded/layout.h"

namespace ostraka::log {

namespace {

// One read of the file: enough for some thousand records, little when only a few are new.
constexpr std::size_t k_chunk_bytes_max = 512U << 10;
constexpr std::size_t k_chunk_bytes_min = 16U << 10;
constexpr std::size_t k_expected_record_bytes = 256;
// How often to look for a partition that does not exist yet.
constexpr Milliseconds k_look_again{10};

}  // namespace

Result<std::unique_ptr<PartitionReader>> PartitionReader::open(io::FileSystem& files, const Clock& clock,
                                                               const std::string& directory, const PartitionName& name,
                                                               Offset from, Waiting waiting) {
  std::unique_ptr<PartitionReader> reader(new PartitionReader(files, clock, directory, name, from, waiting));
  if (Status opened = reader->open_watermark(); !opened) {
    return tl::make_unexpected(opened.error());
  }
  if (Status proven = reader->prove_end(); !proven) {
    return tl::make_unexpected(proven.error());
  }
  return reader;
}

PartitionReader::PartitionReader(io::FileSystem& files, const Clock& clock, std::string directory, PartitionName name,
                                 Offset from, Waiting waiting)
    : files_(files),
      clock_(clock),
      log_directory_(std::move(directory)),
      directory_(partition_directory(log_directory_, name)),
      name_(std::move(name)),
      waiting_(waiting),
      position_(from) {}

Status PartitionReader::open_watermark() {
  if (watermark_) {
    return {};
  }
  Result<std::unique_ptr<WatermarkView>> view = WatermarkView::open(files_, watermark_path(directory_));
  if (view) {
    const std::lock_guard lock(watermark_mutex_);
    watermark_ = std::move(*view);
    return {};
  }
  return view.error().kind == ErrorKind::not_found ? Status{} : tl::make_unexpected(view.error());
}

// What the last segment's batch headers say was durable. Each says so of what was before it, so any of them is proof,
// also one that never became durable itself.
Status PartitionReader::prove_end() {
  const Result<std::vector<Offset>> bases = list_segments(files_, directory_);
  if (!bases) {
    return bases.error().kind == ErrorKind::not_found ? Status{} : tl::make_unexpected(bases.error());
  }
  if (bases->empty()) {
    return {};
  }
  proven_ = bases->back();
  if (Status opened = open_segment(bases->back()); !opened) {
    return opened;
  }
  std::string bytes(k_batch_header_bytes, '\0');
  for (std::uint64_t at = k_segment_header_bytes;;) {
    const Result<std::size_t> got = file_->read_at(at, bytes);
    if (!got) {
      return tl::make_unexpected(got.error());
    }
    const DecodedBatchHeader decoded = decode_batch_header(std::string_view(bytes).substr(0, *got));
    if (decoded.fault != HeaderFault::none || decoded.header.log_id_bits != log_id_->first_eight()) {
      break;
    }
    const BatchHeader& header = decoded.header;
    proven_ = std::max(proven_, broken(Break::reads_ahead_of_durable) ? header.next() : header.durable_before);
    at += batch_bytes(decoded.header.payload_bytes);
  }
  file_.reset();
  return {};
}

Result<Offset> PartitionReader::end() {
  if (Status opened = open_watermark(); !opened) {
    return tl::make_unexpected(opened.error());
  }
  if (!watermark_) {
    return proven_;
  }
  const Result<Offset> published = watermark_->end();
  if (!published) {
    return published;
  }
  return std::max(*published, proven_);
}

tl::unexpected<Error> PartitionReader::damaged(std::string_view what) const {
  return fail(ErrorKind::damaged, "{}: byte {}, offset {}: {}", path_, file_position_, position_.value, what);
}

Status PartitionReader::open_segment(Offset base) {
  if (!log_id_) {
    const Result<LogId> id = read_log_id(files_, log_directory_);
    if (!id) {
      return fail(ErrorKind::damaged, "{}", id.error().message);
    }
    log_id_ = *id;
  }
  path_ = segment_path(directory_, base);
  file_position_ = 0;
  Result<std::unique_ptr<io::File>> file = files_.open(path_, io::OpenFile::reading);
  if (!file) {
    return file.error().kind == ErrorKind::not_found ? Status(damaged("the segment is missing"))
                                                     : tl::make_unexpected(file.error());
  }
  std::string bytes(k_segment_header_bytes, '\0');
  const Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) {
    return tl::make_unexpected(got.error());
  }
  bytes.resize(*got);
  const DecodedSegmentHeader decoded = decode_segment_header(bytes);
  if (decoded.fault == HeaderFault::newer_version) {
    return fail(ErrorKind::invalid, "{}: written in format version {}, this program reads up to {}: use a newer one",
                path_, decoded.version, k_format_version);
  }
  const SegmentHeader& header = decoded.header;
  if (decoded.fault != HeaderFault::none || header.log_id != *log_id_ || header.name.stream != name_.stream ||
      header.name.partition != name_.partition || header.base != base) {
    return damaged("the segment header is not this partition's");
  }
  file_ = std::move(*file);
  file_position_ = k_segment_header_bytes;
  return {};
}

Status PartitionReader::open_segment_of_position() {
  const Result<std::vector<Offset>> bases = list_segments(files_, directory_);
  if (!bases) {
    return tl::make_unexpected(bases.error());
  }
  const auto behind = std::upper_bound(bases->begin(), bases->end(), position_);
  if (behind == bases->begin()) {
    path_ = segment_path(directory_, Offset{});
    return damaged("the segment is missing");
  }
  return open_segment(*std::prev(behind));
}

// Opens the segment that holds position_ and finds its batch, by headers only.
// REQUIRES: position_ is before the durable end.
Status PartitionReader::locate(Offset end) {
  if (Status opened = open_segment_of_position(); !opened) {
    return opened;
  }
  std::string bytes(k_batch_header_bytes, '\0');
  while (true) {
    const Result<std::size_t> got = file_->read_at(file_position_, bytes);
    if (!got) {
      return tl::make_unexpected(got.error());
    }
    const DecodedBatchHeader decoded = decode_batch_header(std::string_view(bytes).substr(0, *got));
    if (decoded.fault != HeaderFault::none || decoded.header.log_id_bits != log_id_->first_eight()) {
      return damaged(
          fmt::format("the batch header is not readable, and everything before offset {} was durable", end.value));
    }
    // Seals before the position are stepped over here, the one at it by take_batches.
    if (decoded.header.next() > position_ || decoded.header.kind == BatchKind::end) {
      return {};
    }
    file_position_ += batch_bytes(decoded.header.payload_bytes);
  }
}

// Fills the buffer from file_position_; how many bytes there are.
Result<std::size_t> PartitionReader::fill(std::size_t bytes) {
  buffer_.resize(bytes);
  return file_->read_at(file_position_, buffer_);
}

Result<Records> PartitionReader::read() {
  const Result<Offset> durable = end();
  if (!durable) {
    return tl::make_unexpected(durable.error());
  }
  Records records{position_, {}};
  if (position_ >= *durable) {
    return records;
  }
  const std::uint64_t epoch = watermark_ ? watermark_->epoch() : 0;
  if (!file_ || (epoch != epoch_ && !broken(Break::keeps_the_replaced_file))) {
    file_.reset();
    if (Status located = locate(*durable); !located) {
      file_.reset();
      return tl::make_unexpected(located.error());
    }
    epoch_ = epoch;
  }
  if (Status taken = take_batches(*durable, records); !taken) {
    file_.reset();
    if (records.records.empty()) {
      return tl::make_unexpected(taken.error());
    }
    // What is whole first; the next call comes to the damage.
  }
  return records;
}

Result<BatchHeader> PartitionReader::header_at(std::string_view bytes, Offset end) const {
  const DecodedBatchHeader decoded = decode_batch_header(bytes);
  if (decoded.fault != HeaderFault::none) {
    return damaged(
        fmt::format("the batch header is not readable, and everything before offset {} was durable", end.value));
  }
  const BatchHeader& header = decoded.header;
  const bool holds_position =
      header.kind == BatchKind::data ? header.base <= position_ && position_ < header.next() : header.base == position_;
  if (header.log_id_bits != log_id_->first_eight() || !holds_position) {
    return damaged("the batch is not the one that follows");
  }
  return header;
}

// Fills `records` with what one read of the file holds, and moves the position.
Status PartitionReader::take_batches(Offset end, Records& records) {
  const std::size_t chunk = std::clamp<std::uint64_t>((end.value - position_.value) * k_expected_record_bytes,
                                                      k_chunk_bytes_min, k_chunk_bytes_max);
  std::string_view rest;  // what the buffer holds from file_position_ on
  std::size_t needed = k_batch_header_bytes;
  while (position_ < end) {
    if (rest.size() < needed) {
      if (!records.records.empty()) {
        return {};  // they point into the buffer
      }
      const Result<std::size_t> got = fill(std::max(chunk, needed));
      if (!got) {
        return tl::make_unexpected(got.error());
      }
      rest = std::string_view(buffer_).substr(0, *got);
      if (rest.size() < needed) {
        return damaged("the file ends inside the batch");
      }
    }
    const Result<BatchHeader> header = header_at(rest, end);
    if (!header) {
      return tl::make_unexpected(header.error());
    }
    needed = batch_bytes(header->payload_bytes);
    if (rest.size() < needed) {
      continue;
    }
    if (Status taken = take_batch(*header, rest.substr(0, needed), records); !taken) {
      return taken;
    }
    rest.remove_prefix(needed);
    file_position_ += needed;
    needed = k_batch_header_bytes;
    if (header->kind == BatchKind::end) {
      if (Status opened = open_segment(position_); !opened) {
        return opened;
      }
      rest = {};
    }
  }
  return {};
}

Status PartitionReader::take_batch(const BatchHeader& header, std::string_view bytes, Records& records) {
  if (crc32c(bytes.substr(k_batch_header_bytes)) != header.body_crc && !broken(Break::no_check_sum)) {
    return damaged("the batch's check sum is wrong");
  }
  if (header.kind != BatchKind::data) {
    return {};
  }
  const std::size_t before = records.records.size();
  if (!take_records(bytes.substr(k_batch_header_bytes, header.payload_bytes), header.record_count, records.records)) {
    records.records.resize(before);
    return damaged("the batch's records are not readable");
  }
  // A reader may begin in the middle of a batch.
  const auto skipped = static_cast<std::ptrdiff_t>(position_.value - header.base.value);
  const auto first = records.records.begin() + static_cast<std::ptrdiff_t>(before);
  records.records.erase(first, first + skipped);
  position_ = header.next();
  return {};
}

void PartitionReader::sleep_or_interrupt(Milliseconds at_most) {
  std::unique_lock lock(sleep_mutex_);
  sleep_.wait_for(lock, std::min(at_most, k_look_again), [this] { return interrupted_.load(); });
}

bool PartitionReader::wait(Milliseconds at_most) {
  const MonotonicTime deadline = clock_.monotonic_now() + at_most;
  while (true) {
    in_wait_ = true;  // before the look at interrupted_: interrupt() does it the other way round
    if (interrupted_.exchange(false)) {
      in_wait_ = false;
      return false;
    }
    const std::uint32_t seen = watermark_ ? watermark_->wakes() : 0;
    const Result<Offset> durable = end();
    const auto left = std::chrono::ceil<Milliseconds>(deadline - clock_.monotonic_now());
    // Damage is something to read: read() says what it is.
    const bool readable = !durable || *durable > position_;
    if (readable || left.count() <= 0 || waiting_ == Waiting::never) {
      in_wait_ = false;
      return readable;
    }
    if (watermark_ && watermark_->wakes() == seen) {
      watermark_->wait(seen, left);
    } else if (!watermark_) {
      sleep_or_interrupt(left);
    }
    in_wait_ = false;
  }
}

void PartitionReader::interrupt() {
  {
    const std::lock_guard lock(sleep_mutex_);
    interrupted_ = true;
  }
  sleep_.notify_all();
  // The waiter may be about to sleep on a word that this process may not change: wake it until it has noticed.
  while (in_wait_ && interrupted_) {
    {
      const std::lock_guard lock(watermark_mutex_);
      if (watermark_) {
        watermark_->wake_waiting();
      }
    }
    std::this_thread::yield();
  }
}

}  // namespace ostraka::log
