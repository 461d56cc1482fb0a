// The machine's file system. Stateless and thread-safe; lives for the whole process.
//
// Syncs are fdatasync(2) for files and fsync(2) for directories; locks are flock(2), which belong to the open file, so
// that two owners in one process exclude each other too; shared words are a MAP_SHARED page with futexes, which work
// on read-only mappings, between processes.
#pragma once

#include "io/file_system.h"

namespace ostraka::io {

FileSystem& posix_file_system();

}  // namespace ostraka::io
