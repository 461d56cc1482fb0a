// A copy of a log, running or stopped, for backups: every partition up to its durable end, read as any reader reads it
// (so every byte is checked on the way) and written as a log of its own with the same identity. It is sealed and
// durable when copy_log returns, and can be gone on with.
//
// Consistent in this sense: a partition's copy is a prefix of it, and whatever a copied record depends on is in the
// copy too: the issue of a counted ballot's token, the definition of its election, the markers that an election's
// records name.
#pragma once

#include <string>

#include "log/embedded/embedded_log.h"

namespace ostraka::log {

struct CopyReport {
  std::size_t partitions = 0;
  std::uint64_t records = 0;
};

// Errors: not_found when `from` holds no log, conflict when `to` holds one, invalid when `from` holds a stream that only
// a newer version knows, damaged, disk_full, unavailable. When it
// fails, what is in `to` is no log to be used.
Result<CopyReport> copy_log(const std::string& from, const std::string& to, const EmbeddedOptions& options);

}  // namespace ostraka::log
