// Reads a snapshot file and checks it, piece by piece. What it hands over is what was written: each check sum covers its
// piece and, by the chain, that none is missing before it; the state is the last piece and the end of the file.
#pragma once

#include <memory>
#include <string>

#include "io/file_system.h"
#include "snapshot/files/file_writing.h"
#include "snapshot/source.h"

namespace ostraka::snapshot {

// `files` outlives it. Errors: not_found, damaged, unavailable.
Result<std::unique_ptr<Source>> open_file_source(io::FileSystem& files, const Place& place);

// The same of a file that is open.
Result<std::unique_ptr<Source>> read_source(std::unique_ptr<io::File> file);

}  // namespace ostraka::snapshot
