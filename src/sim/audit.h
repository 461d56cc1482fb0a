// The audit: everybody who can count counts the log as it stands, and all must agree with the naive count: the
// product's tally core in a fresh replay, the product's recount, and the naive fold of the same records.
//
// It goes by the log alone, so it may be run at any moment between two events, also right after a crash.
#pragma once

#include <string>
#include <vector>

#include "sim/naive_fold.h"
#include "sim/node.h"
#include "sim/published_counts.h"

namespace ostraka::sim {

// `elections_end`: how far the history knows the elections stream. Where the stream is longer (its writer died before
// it saw what it wrote), or the auditing process dies itself, nothing is audited, and false is returned.
bool audit(NodeWorld& world, Offset elections_end);

// What a tally says of an election, against the naive folds of all partitions: as sentences, none when they agree.
std::vector<std::string> differences(const election::results::ElectionCounts& counts,
                                     const std::vector<NaivePartition>& folds);

}  // namespace ostraka::sim
