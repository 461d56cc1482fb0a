// All partitions and elections of one tally, for a shell (or a simulator) that applies records and now and then sends
// what changed.
//
// Owned by one thread. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "election/catalogue.h"
#include "tally/core/election_tally.h"
#include "tally/core/partition.h"

namespace ostraka::tally {

class Tally {
 public:
  explicit Tally(std::uint32_t partitions, TallyOptions options = {});

  std::uint32_t partitions() const { return static_cast<std::uint32_t>(partitions_.size()); }
  // REQUIRES: partition.value < partitions().
  TallyPartition& partition(Partition partition) { return partitions_[partition.value]; }

  // Index snapshots (tally_snapshots.h). What every election's partitions still held is absorbed first.
  const std::map<std::string, ElectionTally, std::less<>>& absorb_all();
  TallyPartition fresh_partition(Partition partition) const { return TallyPartition(partition, options_); }
  // REQUIRES: nothing was absorbed of it.
  void put_rankings(const std::string& election, std::size_t contest,
                    const election::counting::RankingCounts& rankings);

  // The counts of the elections that records were about since the last call, each as of now in all partitions.
  std::vector<election::results::ElectionCounts> take_changed(const election::Catalogue& catalogue);

  // The counts of every election in the catalogue, as of now: what somebody gets who begins to follow.
  std::vector<election::results::ElectionCounts> all(const election::Catalogue& catalogue);

  // The counts of one election, as of now.
  election::results::ElectionCounts of(const std::string& election, const election::Catalogue& catalogue);

  // See election_tally.h. The elections whose exact rounds need a re-read of the log.
  std::vector<std::string> needing_exact_rounds(const election::Catalogue& catalogue) const;
  // Makes the election one that changed.
  void adopt_exact(const election::results::ElectionCounts& exact);

 private:
  ElectionTally& refreshed(const std::string& election);

  TallyOptions options_;
  std::vector<TallyPartition> partitions_;
  std::map<std::string, ElectionTally, std::less<>> elections_;
  std::set<std::string> changed_;
};

}  // namespace ostraka::tally
