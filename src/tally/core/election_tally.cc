#include "tally/core/election_tally.h"

#include <algorithm>

namespace ostraka::tally {

namespace results = election::results;
using election::Entry;
using election::Method;

void ElectionTally::absorb(const PartitionChange& change) {
  partitions_[change.counts.partition.value] = change.counts;
  for (std::size_t i = 0; i < change.rankings.size(); ++i) {
    if (change.rankings[i].empty()) {
      continue;
    }
    const auto [known, is_new] =
        contests_.try_emplace(i, Ranked{election::counting::RankingCounts(options_.distinct_rankings_max), {}, false});
    if (!known->second.exact) {
      known->second.rankings.absorb(change.rankings[i]);
      known->second.runoff.reset();
    }
  }
}

results::ElectionCounts ElectionTally::counts(const Entry* entry) {
  results::ElectionCounts counts;
  counts.election = id_;
  results::Covers covers;
  bool opened = false;
  for (const auto& [number, partition] : partitions_) {
    counts.partitions.push_back(partition);
    covers[number] = partition.covers.value;
    opened |= partition.opened;
  }
  if (!opened || entry == nullptr) {
    return counts;
  }
  const auto& contests = entry->definition.contests;
  for (std::uint32_t i = 0; i < contests.size(); ++i) {
    if (contests[i].method != Method::ranked) {
      continue;
    }
    Ranked& ranked =
        contests_.try_emplace(i, Ranked{election::counting::RankingCounts(options_.distinct_rankings_max), {}, false})
            .first->second;
    const bool bounded = ranked.rankings.bounded() && !ranked.exact;
    if (!bounded && !ranked.runoff) {
      ranked.runoff = election::counting::count_runoff(id_, contests[i], ranked.rankings);
    }
    counts.ranked.push_back({i, covers, bounded, bounded ? election::counting::Runoff() : *ranked.runoff});
  }
  return counts;
}

std::map<std::size_t, const election::counting::RankingCounts*> ElectionTally::rankings() const {
  std::map<std::size_t, const election::counting::RankingCounts*> rankings;
  for (const auto& [contest, ranked] : contests_) {
    rankings[contest] = &ranked.rankings;
  }
  return rankings;
}

void ElectionTally::put_rankings(std::size_t contest, const election::counting::RankingCounts& rankings) {
  Ranked ranked{election::counting::RankingCounts(options_.distinct_rankings_max), {}, false};
  ranked.rankings.absorb(rankings);
  contests_.insert_or_assign(contest, std::move(ranked));
}

bool ElectionTally::needs_exact_rounds(const Entry& entry) const {
  const bool bounded = std::any_of(contests_.begin(), contests_.end(), [](const auto& contest) {
    return contest.second.rankings.bounded() && !contest.second.exact;
  });
  if (!bounded) {
    return false;
  }
  for (std::uint32_t number = 0; number < entry.partitions; ++number) {
    const auto partition = partitions_.find(number);
    if (partition == partitions_.end() || !partition->second.closed) {
      return false;
    }
  }
  return true;
}

void ElectionTally::adopt_exact(const results::ElectionCounts& exact) {
  for (const results::RankedCounts& ranked : exact.ranked) {
    const auto known = contests_.find(ranked.contest);
    if (known != contests_.end() && !ranked.bounded) {
      known->second.runoff = ranked.runoff;
      known->second.exact = true;
    }
  }
}

}  // namespace ostraka::tally
