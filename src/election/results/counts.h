// Partial counts: absolute values, each with the position it covers, so that merging needs no order. These mirror the
// messages in proto/ostraka/v1/tally_service.proto without needing them. Value types.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "election/counting/runoff.h"
#include "election/counting/votes.h"

namespace ostraka::election::results {

struct PartitionCounts {
  Partition partition;
  Offset covers;  // every record before this offset is in here
  bool opened = false;
  bool closed = false;       // the closed marker is among the records covered
  bool development = false;  // counts a vote from the development issuer
  std::uint64_t counted = 0;
  std::uint64_t repeated = 0;
  std::uint64_t held = 0;
  std::uint64_t outside = 0;              // outside the window, in the wrong partition, or no ballot of this election
  std::vector<counting::Votes> contests;  // in the definition's order; empty until opened
  bool operator==(const PartitionCounts&) const = default;
};

// Per partition, as PartitionCounts::covers.
using Covers = std::map<std::uint32_t, std::uint64_t>;

// The rounds of one ranked contest over all partitions in `covers`.
struct RankedCounts {
  std::uint32_t contest = 0;  // index in the definition
  Covers covers;
  bool bounded = false;  // too many different rankings to count live: no rounds
  counting::Runoff runoff;
  bool operator==(const RankedCounts&) const = default;
};

struct ElectionCounts {
  std::string election;
  std::vector<PartitionCounts> partitions;
  std::vector<RankedCounts> ranked;
};

}  // namespace ostraka::election::results
