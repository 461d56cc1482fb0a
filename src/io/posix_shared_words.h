// Shared words on a mapped page and a futex.
#pragma once

#include <atomic>

#include "io/file_system.h"

namespace ostraka::io {

Result<std::unique_ptr<SharedWords>> open_posix_shared_words(const std::string& path, OpenWords how);

}  // namespace ostraka::io
