#include "tally/core/tally.h"

namespace ostraka::tally {

using election::Catalogue;
using election::results::ElectionCounts;

Tally::Tally(std::uint32_t partitions, TallyOptions options) : options_(std::move(options)) {
  for (std::uint32_t number = 0; number < partitions; ++number) {
    partitions_.emplace_back(Partition{number}, options_);
  }
}

ElectionTally& Tally::refreshed(const std::string& election) {
  ElectionTally& tally = elections_.try_emplace(election, election, options_).first->second;
  for (TallyPartition& partition : partitions_) {
    tally.absorb(partition.take_change(election));
  }
  return tally;
}

const std::map<std::string, ElectionTally, std::less<>>& Tally::absorb_all() {
  std::set<std::string> ids;
  for (const TallyPartition& partition : partitions_) {
    for (const TallyPartition::ElectionView& election : partition.elections()) {
      ids.insert(election.id);
    }
  }
  for (const std::string& id : ids) {
    refreshed(id);
  }
  return elections_;
}

void Tally::put_rankings(const std::string& election, std::size_t contest,
                         const election::counting::RankingCounts& rankings) {
  elections_.try_emplace(election, election, options_).first->second.put_rankings(contest, rankings);
}

ElectionCounts Tally::of(const std::string& election, const Catalogue& catalogue) {
  return refreshed(election).counts(catalogue.find(election).get());
}

std::vector<ElectionCounts> Tally::take_changed(const Catalogue& catalogue) {
  for (TallyPartition& partition : partitions_) {
    changed_.merge(partition.take_changed_elections());
  }
  std::vector<ElectionCounts> counts;
  for (const std::string& election : std::exchange(changed_, {})) {
    counts.push_back(of(election, catalogue));
  }
  return counts;
}

std::vector<ElectionCounts> Tally::all(const Catalogue& catalogue) {
  std::vector<ElectionCounts> counts;
  for (const auto& [id, entry] : catalogue.entries()) {
    counts.push_back(of(id, catalogue));
  }
  return counts;
}

std::vector<std::string> Tally::needing_exact_rounds(const Catalogue& catalogue) const {
  std::vector<std::string> elections;
  for (const auto& [id, tally] : elections_) {
    const auto entry = catalogue.find(id);
    if (entry != nullptr && tally.needs_exact_rounds(*entry)) {
      elections.push_back(id);
    }
  }
  return elections;
}

void Tally::adopt_exact(const ElectionCounts& exact) {
  const auto found = elections_.find(exact.election);
  if (found != elections_.end()) {
    found->second.adopt_exact(exact);
    changed_.insert(exact.election);
  }
}

}  // namespace ostraka::tally
