// What a tally has published, over all its lives: holds every new publication against the last one of its election.
//
// Nothing goes back: not what is covered, not a count, not a marker. And final means final: once every partition's
// closed marker is covered, whose ballots count and what they say never changes, whatever is still cast. Only records
// outside the window may come behind it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "election/results/counts.h"

namespace ostraka::sim {

class PublishedCounts {
 public:
  // Returns what is wrong with it.
  std::vector<std::string> publish(const election::results::ElectionCounts& counts);

  const std::map<std::string, election::results::ElectionCounts>& latest() const { return latest_; }
  std::uint64_t publications() const { return publications_; }

 private:
  std::map<std::string, election::results::ElectionCounts> latest_;
  std::uint64_t publications_ = 0;
};

bool all_closed(const election::results::ElectionCounts& counts);

}  // namespace ostraka::sim
