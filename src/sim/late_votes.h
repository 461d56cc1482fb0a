// Votes that reach the log when everything is over: of a writer that should have been dead, say.
#pragma once

#include "sim/backend.h"
#include "sim/history.h"

namespace ostraka::sim {

// Behind everything in each partition, for each election that has votes there: a copy of its first vote, and the same
// ballot from a voter who has none. Returns how many. REQUIRES: nobody else writes; the backend has no faults.
std::uint64_t cast_late_votes(Backend& backend, std::uint32_t partitions, History& history);

}  // namespace ostraka::sim
