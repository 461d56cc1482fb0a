// Reads one segment file from its first byte to its last and says what is in it: recovery and the offline check both
// judge by this, and nothing here judges or changes anything.
//
// Intuition: batches follow each other without a gap, each bound to the one before it. Where that chain stops, the
// bytes are zeros (nobody wrote further), a piece of the one batch that was being written (a tear), or something that
// no torn write explains (damage). What a scan cannot know is whether the chain stops too early: that is told by
// `proven`, the largest durable end that any readable batch header speaks of, also behind the stop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "io/file_system.h"
#include "log/embedded/block_window.h"
#include "log/embedded/format.h"

namespace ostraka::log {

// What the segment has to be.
struct SegmentExpectation {
  LogId log_id;
  PartitionName name;
  Offset base;
  std::optional<std::uint32_t> previous_crc = 0;  // of the last batch of the segment before it; empty: not known
};

// Something that no crash of ours explains.
struct Damage {
  std::uint64_t byte = 0;
  Offset offset;  // the first one that is lost by it
  std::string what;
};

struct SegmentScan {
  SegmentHeader header;
  bool ended = false;             // the last whole batch is an end batch
  bool sealed = false;            // the last whole batch is a seal or an end batch
  Offset next;                    // behind the last whole batch
  std::uint64_t position = 0;     // byte behind the last whole batch
  std::uint32_t last_crc = 0;     // header_crc of the last whole batch, or previous_crc when there is none
  Offset proven;                  // everything before it was durable once
  std::uint64_t nonzero_end = 0;  // byte behind the last one that is not zero
  std::uint64_t file_bytes = 0;
  std::string stop;  // why the chain stops at `position`, for people; empty for zeros and for an end batch
  std::optional<Damage> damage;

  // What a cut at `position` would throw away.
  std::uint64_t torn_bytes() const { return nonzero_end > position ? nonzero_end - position : 0; }
};

// Errors: damaged when the segment header is not what is expected; invalid when a newer version wrote the file;
// whatever reading gives. The file is the scan's until it is done.
Result<SegmentScan> scan_segment(io::File& file, const std::string& path, const SegmentExpectation& expected,
                                 ReadFrom from);

}  // namespace ostraka::log
