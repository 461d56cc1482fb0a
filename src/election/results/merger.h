// Merges partial counts from any number of tallies, in any order, any number of times.
//
// Guarantees: for each partition the counts that cover most are kept, so what is merged depends on the set of messages
// and not on their order or repetition, and no position ever goes back. Of a ranked contest the rounds that cover most
// records in all are kept; as long as they come from one aggregator (docs/ARCHITECTURE.md), whose positions only grow,
// they never go back in any partition either.
//
// Owned by one thread. Holds one set of counts an election and partition.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "election/results/counts.h"

namespace ostraka::election::results {

struct MergedElection {
  std::map<std::uint32_t, PartitionCounts> partitions;
  std::map<std::uint32_t, RankedCounts> ranked;  // by contest
};

enum class MergeEffect { changed, nothing_new };

class ResultMerger {
 public:
  MergeEffect merge(const ElectionCounts& counts);

  // All zero for an election that nobody has counted yet.
  const MergedElection& of(std::string_view election) const;

 private:
  std::map<std::string, MergedElection, std::less<>> elections_;
};

}  // namespace ostraka::election::results
