#include "election/results/merger.h"

#include <numeric>
#include <tuple>

namespace ostraka::election::results {

namespace {

std::uint64_t records_in(const Covers& covers) {
  return std::accumulate(covers.begin(), covers.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

// A total order, also among positions that no single aggregator could have held: without one the outcome would depend
// on which message came first. At equal positions rounds are worth more than the word that there are too many rankings.
bool covers_more(const RankedCounts& a, const RankedCounts& b) {
  return std::tuple(records_in(a.covers), a.covers, !a.bounded) >
         std::tuple(records_in(b.covers), b.covers, !b.bounded);
}

}  // namespace

MergeEffect ResultMerger::merge(const ElectionCounts& counts) {
  MergedElection& merged = elections_[counts.election];
  MergeEffect effect = MergeEffect::nothing_new;
  for (const PartitionCounts& partition : counts.partitions) {
    const auto [known, is_new] = merged.partitions.try_emplace(partition.partition.value, partition);
    if (is_new || partition.covers > known->second.covers) {
      known->second = partition;
      effect = MergeEffect::changed;
    }
  }
  for (const RankedCounts& ranked : counts.ranked) {
    const auto [known, is_new] = merged.ranked.try_emplace(ranked.contest, ranked);
    if (is_new || covers_more(ranked, known->second)) {
      known->second = ranked;
      effect = MergeEffect::changed;
    }
  }
  return effect;
}

const MergedElection& ResultMerger::of(std::string_view election) const {
  static const MergedElection k_nothing;
  const auto found = elections_.find(election);
  return found == elections_.end() ? k_nothing : found->second;
}

}  // namespace ostraka::election::results
