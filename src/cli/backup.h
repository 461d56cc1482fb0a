// A backup of one system, running or stopped, in one file; and a system out of one.
//
// It holds every vote that was answered before it began. The order of copying makes references resolve: within the log,
// ballots before the issues of tokens before the definitions (log/embedded/copy.h), and the keys after the log, because
// a pepper is stored before an election opens and a token key before it is used.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace ostraka::cli {

struct BackupReport {
  std::uint64_t records = 0;
  std::uint64_t files = 0;
};

// Copies the log to a directory beside FILE first (so twice the log's size of space is needed for a while), then writes
// FILE, 0600, by rename: it is there whole and durable, or not at all; an older one is replaced.
Result<BackupReport> write_backup(const std::string& data, const std::string& file);

// DIR must be empty or not there. It appears whole, durable, and with a log that has been checked, or not at all.
// Errors: conflict (there is something), damaged.
Result<BackupReport> restore_backup(const std::string& file, const std::string& data);

}  // namespace ostraka::cli
