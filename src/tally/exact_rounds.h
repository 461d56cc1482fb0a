// Counts a closed election's ranked contests exactly, by reading its ballots once more from the start of the log: for
// the election whose different rankings were too many to keep while it was live.
#pragma once

#include <atomic>
#include <string>

#include "base/result.h"
#include "election/catalogue.h"
#include "election/results/counts.h"
#include "log/log.h"

namespace ostraka::tally {

// Blocks for as long as reading the log takes; `stop` ends it early with unavailable.
Result<election::results::ElectionCounts> count_exactly(log::Log& log, const election::Catalogue& catalogue,
                                                        const std::string& election, std::uint32_t partitions,
                                                        const std::atomic<bool>& stop);

}  // namespace ostraka::tally
