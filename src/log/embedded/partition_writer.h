// The one writer of a partition on this machine: batches into segments, one write and one sync each. The core of the
// embedded log: no thread, no waiting, time handed in.
//
// Guarantees: when append() returns an offset, the records are durable; when it fails with invalid or disk_full, none
// of them is in the log. After a failed sync (or any other step that leaves the medium unknown) the FatalHandler is
// called; should it come back or throw, this object never writes or answers again.
//
// A batch proves that the ones before it were durable, so the last one of all needs proof from elsewhere: the
// watermark, and after a loss of power a seal. seal_if_idle() writes one, as do the end of a segment and the
// destructor.
//
// Owned by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "log/embedded/recovery.h"
#include "log/embedded/segment_file.h"

namespace ostraka::log {

// What an operator should hear.
struct LogEvent {
  enum class Kind { recovered, cut, disk_full, space_again };
  Kind kind;
  std::string message;
};

struct WriterOptions {
  SegmentSizes sizes;
  ReadFrom recover_from = ReadFrom::medium;  // medium_ahead: faster, with a thread
  const Clock* clock = &system_clock();
  std::function<void(std::chrono::nanoseconds)> on_sync;  // how long the sync of a batch took
  std::function<void(const LogEvent&)> on_event;
};

class PartitionWriter final : public Appender {
 public:
  // Recovers the partition, or creates it. Errors: conflict, damaged, invalid, disk_full, unavailable.
  // The file system outlives the writer.
  static Result<std::unique_ptr<PartitionWriter>> open(const Storage& storage, const std::string& directory,
                                                       const PartitionName& name, const LogId& id,
                                                       const WriterOptions& options);

  // Seals what is not sealed.
  ~PartitionWriter() override;

  // No records: nothing is written, and the end is returned.
  Result<Offset> append(std::span<const std::string_view> records) override;
  Offset end() const override { return end_; }

  // Writes a seal unless the last batch is one.
  Status seal_if_idle();

  // The next segment should be prepared ahead: half of this one is used and none is ready.
  struct Wanted {
    std::string path;
    std::uint64_t bytes;
  };
  std::optional<Wanted> wants_next() const;
  // REQUIRES: prepared as wanted, by any thread. Ignored when there is one by now.
  void accept_next(PreparedSegment prepared);
  // Both in one, in this thread. An append that finds none ready does it too.
  Status prepare_next();

 private:
  PartitionWriter(const Storage& storage, RecoveredPartition recovered, PartitionPlace place, WriterOptions options);

  Result<Offset> append_checked(std::span<const std::string_view> records);
  Status write_batch(BatchHeader header, std::span<const std::string_view> records);
  Status sync_timed();
  bool fits(std::size_t bytes) const { return position_ + bytes <= header_.segment_bytes; }
  Status seal_with(BatchKind kind);
  Status roll(std::size_t batch_bytes_needed);
  Status ensure_next(std::uint64_t bytes_min);
  void note_space(const Status& outcome);

  const Storage storage_;  // its handler poisons this object first
  const PartitionPlace place_;
  const WriterOptions options_;

  std::unique_ptr<io::FileLock> lock_;
  WatermarkWriter watermark_;
  std::unique_ptr<io::File> active_;
  std::string active_path_;
  SegmentHeader header_;
  std::uint64_t position_;
  std::uint64_t dirty_until_ = 0;  // a write that failed may have left bytes before this; the next one covers them
  Offset end_;
  std::uint32_t last_crc_;
  std::uint32_t crc_at_start_;
  bool sealed_;
  bool ended_ = false;     // the active segment has its end batch, and nothing more may be written to it
  bool poisoned_ = false;  // the medium is unknown
  bool full_ = false;      // the last append failed for want of space
  std::size_t segments_;
  std::uint64_t prepared_count_ = 0;
  std::optional<PreparedSegment> next_;
  std::string buffer_;
};

}  // namespace ostraka::log
