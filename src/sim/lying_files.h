// A file system whose files say that they were synced, and were not: the broken variant answer_before_sync, where the
// log itself is the product's.
#pragma once

#include <memory>

#include "io/file_system.h"

namespace ostraka::sim {

// REQUIRES: `inner` outlives it.
std::unique_ptr<io::FileSystem> lying_files(io::FileSystem& inner);

}  // namespace ostraka::sim
