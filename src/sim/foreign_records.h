// Records of somebody who writes to a partition and does not own it: none of them may change who has voted, or what
// counts.
#pragma once

#include "sim/backend.h"
#include "sim/history.h"
#include "sim/rng.h"

namespace ostraka::sim {

// Some of: copies of votes and of markers, a vote of a voter of another partition, a vote that is no ballot, bytes that
// are no record. May fail and may land late, as any append.
void write_foreign_records(Backend& backend, Partition partition, std::uint32_t partitions, Rng& rng, History& history);

}  // namespace ostraka::sim
