// The log's contract: append-only partitions of streams. embedded/ keeps it on one machine's disk, kafka/ beyond.
//
// A partition is a sequence of records (byte strings) at contiguous offsets from 0. It has one appender at a time (but
// for kafka/, where nobody enforces that and offsets tell) and any number of readers, in any process. A record is
// *durable* once nothing short of losing the medium can lose it; readers see durable records only, so that what a reader
// acted on never vanishes.
//
// A sync that fails is not an error value: what is on the medium is then unknown, so the appender hands it to the
// FatalHandler (io/fatal.h), which ends the process. Nothing is retried, nothing is answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace ostraka::log {

inline constexpr std::uint32_t k_record_bytes_max = 1U << 20;  // a larger record is refused as invalid
inline constexpr std::uint32_t k_batch_bytes_max = 4U << 20;   // of one append(); more is refused as invalid

struct PartitionName {
  std::string stream;  // [a-z][a-z-]{0,31}
  Partition partition;
};

// The one writer of a partition. Owned by one thread at a time.
class Appender {
 public:
  virtual ~Appender() = default;

  // Writes the records as one batch and returns the first one's offset; all of them are durable when it returns, and
  // none of them is in the log when it fails with disk_full or invalid. Anything else that fails is uncertain
  // (unavailable): the records may or may not appear at a later offset.
  virtual Result<Offset> append(std::span<const std::string_view> records) = 0;

  // The next offset to be given: everything before it is durable.
  virtual Offset end() const = 0;
};

// One batch of records as a reader hands them over. The views live until the next call on the reader.
struct Records {
  Offset first;
  std::vector<std::string_view> records;
};

// A position that moves through a partition. Owned by one thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;

  // The next records from position(), at least one and usually many, or none when position() is the durable end.
  // Moves the position behind them. Errors: damaged (says where); unavailable when the log cannot be reached now: the
  // position stays, and reading again may succeed.
  virtual Result<Records> read() = 0;

  virtual Offset position() const = 0;

  // The durable end as of now; 0 for a partition that nobody has written yet. Errors: unavailable, as above.
  virtual Result<Offset> end() = 0;

  // Waits until there is something to read, or the time is over, or another thread calls interrupt().
  // True when there is something to read.
  virtual bool wait(Milliseconds at_most) = 0;

  // Thread-safe; also ends a wait that begins after it.
  virtual void interrupt() = 0;
};

// What a partition holds before an offset, in few bytes. Two partitions that differ in what stands before it have
// different marks (but for a chance of 2^-32): a picture of the partition that was taken there, and carries the mark,
// can be held against the log without reading it all. It proves where a picture belongs, not that the bytes of the log
// are still readable: that is what reading and fsck do.
struct Mark {
  std::string log_id;  // 16 bytes, random, made once
  Offset at;
  std::uint32_t running_crc = 0;  // of all batches before it, one after the other
  bool operator==(const Mark&) const = default;
};

// Which partitions of a stream are whose, among processes that do the same work. It spares double work and decides
// nothing: for a while, or for good, several may hold the same partition, or none, and whoever works on one has to be right
// whoever else does.
struct Share {
  std::set<Partition> partitions;
  // Nobody else can have any of them: there is only this process.
  bool is_alone = false;
};

// Being one of them. Destroying it leaves: the others soon have its partitions.
class Sharing {
 public:
  virtual ~Sharing() = default;
};

struct ShareOptions {
  std::string stream;
  std::string group;  // who does the same work: [a-z][a-z-]{0,31}
  std::uint32_t partitions = 1;  // of the stream
  // The share, and then every other one: on a thread of the sharing's own, or in share() itself. Must be quick.
  std::function<void(const Share&)> on_share;
};

// Opens partitions. Thread-safe.
class Log {
 public:
  virtual ~Log() = default;

  // Recovers the partition (creates it when it is new) and becomes its writer. Errors: conflict when somebody else is
  // the writer and the log can tell, damaged when there is damage before the durable end (nothing is touched then),
  // disk_full.
  virtual Result<std::unique_ptr<Appender>> open_appender(const PartitionName& name) = 0;

  // REQUIRES: from is 0 or an offset that was readable once. A partition nobody has written yet reads as empty.
  virtual Result<std::unique_ptr<Reader>> open_reader(const PartitionName& name, Offset from) = 0;

  // The mark at an offset that was an end once. Errors: not_found when the partition ends before it; invalid when no
  // append ended there and the log can tell, or the log keeps no marks; damaged; unavailable.
  virtual Result<Mark> mark(const PartitionName& name, Offset at) {
    return fail(ErrorKind::invalid, "no mark of {}-{} at {}: this log keeps none", name.stream, name.partition.value,
                at.value);
  }

  // Whether a reader may be told an end that lies before records which are known to be durable, for a while.
  virtual bool end_may_lag() const { return false; }

  // How many partitions the stream has, where that is fixed by something other than who writes to it; empty elsewhere.
  // Errors: not_found (there is no such stream), denied, unavailable.
  virtual Result<std::optional<std::uint32_t>> partitions(const std::string& /*stream*/) { return std::nullopt; }

  // Joins those who share the stream's partitions. Alone, where a log serves one machine. Errors: denied, unavailable,
  // invalid.
  virtual Result<std::unique_ptr<Sharing>> share(ShareOptions options) {
    Share all{{}, true};
    for (std::uint32_t i = 0; i < options.partitions; ++i) {
      all.partitions.insert(Partition{i});
    }
    options.on_share(all);
    return std::make_unique<Sharing>();
  }
};

// The streams (docs/ARCHITECTURE.md says who writes which).
inline constexpr std::string_view k_elections_stream = "elections";
inline constexpr std::string_view k_ballots_stream = "ballots";
inline constexpr std::string_view k_issuances_stream = "issuances";
inline constexpr std::string_view k_administration_stream = "administration";

}  // namespace ostraka::log
