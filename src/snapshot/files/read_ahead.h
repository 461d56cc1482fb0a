// Reads a snapshot on a thread of its own, some pieces ahead of who restores from it: the disk and the check sums beside
// the tables. For processes; a simulator reads in step.
#pragma once

#include "snapshot/source.h"

namespace ostraka::snapshot {

inline constexpr std::size_t k_bytes_ahead_max = 16 << 20;  // and one piece

// Opens at once, and gives the same pieces and the same errors.
OpenSource read_ahead(OpenSource open);

}  // namespace ostraka::snapshot
