// The offline check: every byte of a log, judged as recovery would, and nothing changed. May run beside a writer: what
// is on its way at that moment is no damage.
#pragma once

#include <string>
#include <vector>

#include "io/file_system.h"
#include "log/embedded/block_window.h"
#include "log/embedded/format.h"

namespace ostraka::log {

struct Finding {
  enum class Severity {
    damage,    // something that was durable is not readable, or bytes stand where none of ours can be
    harmless,  // a write that was never answered; the next writer cuts it
  };
  Severity severity;
  std::string path;
  std::uint64_t byte = 0;
  Offset offset;  // the first one concerned
  std::string what;
};

struct CheckReport {
  std::size_t partitions = 0;
  std::size_t segments = 0;
  std::uint64_t records = 0;  // readable ones
  std::uint64_t bytes = 0;    // of files that were read
  std::vector<Finding> findings;

  bool damaged() const;
};

// Errors only when the log cannot be looked at: not_found when there is none, or what reading gives.
Result<CheckReport> check_log(io::FileSystem& files, const std::string& directory, ReadFrom from = ReadFrom::medium);

Result<CheckReport> check_partition(io::FileSystem& files, const std::string& directory, const PartitionName& name,
                                    const LogId& id, ReadFrom from = ReadFrom::medium);

}  // namespace ostraka::log
