// Recovery: what a partition's files hold becomes the state in which its writer goes on.
//
// Intuition: first look, at every byte, on the medium itself, and decide; only then change anything. The known durable
// end is the largest that anything proves: a batch header, the watermark, the existence of a later segment. Everything
// before it has to be there, or it is damage and nothing is touched. Behind it, the whole batches are kept (they may
// have been durable; nobody was told) and the rest is cut, if a torn write explains it.
//
// The kept batches of the last segment are copied into a new file, synced, checked, and renamed over the old one before
// anything is answered: what was read may be on its way to the medium, or never have set out.
// It can be killed at any step and begun again.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "log/embedded/segment_scan.h"
#include "log/embedded/storage.h"
#include "log/embedded/watermark.h"

namespace ostraka::log {

struct SegmentSizes {
  std::uint64_t fixed_bytes = 0;  // every segment has this size; 0: growing

  // By the number of the segment in its partition: 1, 4, 16, then 64 MiB. A small log stays small.
  std::uint64_t bytes(std::size_t index) const;
};

// A partition whose writer we are.
struct RecoveredPartition {
  std::unique_ptr<io::FileLock> lock;
  std::optional<WatermarkWriter> watermark;
  std::unique_ptr<io::File> active;
  std::string active_path;
  SegmentHeader header;
  std::uint64_t position = 0;      // where the next batch goes
  Offset end;                      // its offset
  std::uint32_t last_crc = 0;      // of the last batch
  std::uint32_t crc_at_start = 0;  // of the last batch before this segment
  bool sealed = false;             // nothing stands behind the last seal
  std::size_t segments = 0;
  std::uint64_t bytes_cut = 0;
  std::string cut;  // where and why, when there was something to cut
};

struct PartitionPlace {
  std::string directory;  // of the partition
  PartitionName name;
  LogId log_id;
};

// REQUIRES: the partition's directory exists durably; not from the cache. Errors: conflict, damaged, invalid (a newer version), disk_full,
// unavailable.
Result<RecoveredPartition> recover_partition(const Storage& storage, const PartitionPlace& place,
                                             const SegmentSizes& sizes, ReadFrom from = ReadFrom::medium);

}  // namespace ostraka::log
