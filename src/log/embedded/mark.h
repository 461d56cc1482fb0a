// The mark of a partition at an offset (log/log.h), from the batch headers of one segment: each header's check sum covers
// the one before it, so the last one before the offset stands for everything up to there.
#pragma once

#include <string>

#include "io/file_system.h"
#include "log/log.h"

namespace ostraka::log {

// Reads headers only, of the segment that the offset is in. `directory` is the log's. Errors: as Log::mark().
Result<Mark> partition_mark(io::FileSystem& files, const std::string& directory, const PartitionName& name, Offset at);

}  // namespace ostraka::log
