// One election over all its partitions: the aggregator of its ranked contests.
//
// Too many different rankings: the live rounds stop (bounded) and, once every partition is closed,
// needs_exact_rounds() says that the log must be read again: apply all partitions to a second Tally whose options name
// this election and set distinct_rankings_max to k_distinct_rankings_unlimited, and hand its rounds to adopt_exact().
// They stay right from then on, because nothing counts behind a closed marker.
//
// Owned by one thread. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "election/catalogue.h"
#include "election/results/counts.h"
#include "tally/core/partition.h"

namespace ostraka::tally {

class ElectionTally {
 public:
  ElectionTally(std::string id, const TallyOptions& options) : id_(std::move(id)), options_(options) {}

  // REQUIRES: the changes of one partition come in the order in which they were taken.
  void absorb(const PartitionChange& change);

  // Everything absorbed so far, rounds included once a partition has opened. Counts a runoff again only when rankings
  // came since the last time.
  // REQUIRES: `entry` is this election's in the catalogue, or null when it has none.
  election::results::ElectionCounts counts(const election::Entry* entry);

  // Index snapshots: the rankings absorbed so far, of each contest that has some; and back.
  std::map<std::size_t, const election::counting::RankingCounts*> rankings() const;
  // REQUIRES: nothing was absorbed of this contest.
  void put_rankings(std::size_t contest, const election::counting::RankingCounts& rankings);

  bool needs_exact_rounds(const election::Entry& entry) const;
  // REQUIRES: `exact` is of the same election and covers every closed marker.
  void adopt_exact(const election::results::ElectionCounts& exact);

 private:
  struct Ranked {
    election::counting::RankingCounts rankings;
    std::optional<election::counting::Runoff> runoff;  // of these rankings
    bool exact = false;                                // adopted: rankings no longer matter
  };

  std::string id_;
  TallyOptions options_;
  std::map<std::uint32_t, election::results::PartitionCounts> partitions_;
  std::map<std::size_t, Ranked> contests_;
};

}  // namespace ostraka::tally
