#include "sim/published_counts.h"

#include <fmt/core.h>

#include <algorithm>

namespace ostraka::sim {
namespace {

using election::results::ElectionCounts;
using election::results::PartitionCounts;

bool votes_went_back(const PartitionCounts& before, const PartitionCounts& now) {
  if (before.contests.size() > now.contests.size()) {
    return true;
  }
  for (std::size_t contest = 0; contest < before.contests.size(); ++contest) {
    const auto& was = before.contests[contest];
    const auto& is = now.contests[contest];
    if (was.size() != is.size() ||
        !std::equal(was.begin(), was.end(), is.begin(), [](auto old, auto fresh) { return old <= fresh; })) {
      return true;
    }
  }
  return false;
}

bool went_back(const PartitionCounts& before, const PartitionCounts& now) {
  return now.partition != before.partition || now.covers < before.covers || now.counted < before.counted ||
         now.repeated < before.repeated || now.outside < before.outside || (before.opened && !now.opened) ||
         (before.closed && !now.closed) || votes_went_back(before, now);
}

bool same_ballots(const PartitionCounts& before, const PartitionCounts& now) {
  return now.counted == before.counted && now.repeated == before.repeated && now.contests == before.contests;
}

// The winners, and how they came to win. Who covers more says the same of them.
bool same_rounds(const ElectionCounts& before, const ElectionCounts& now) {
  return std::equal(before.ranked.begin(), before.ranked.end(), now.ranked.begin(), now.ranked.end(),
                    [](const auto& old, const auto& fresh) {
                      return old.contest == fresh.contest && old.bounded == fresh.bounded && old.runoff == fresh.runoff;
                    });
}

}  // namespace

bool all_closed(const ElectionCounts& counts) {
  return !counts.partitions.empty() && std::all_of(counts.partitions.begin(), counts.partitions.end(),
                                                   [](const PartitionCounts& partition) { return partition.closed; });
}

std::vector<std::string> PublishedCounts::publish(const ElectionCounts& counts) {
  ++publications_;
  std::vector<std::string> wrong;
  const auto [known, is_new] = latest_.try_emplace(counts.election, counts);
  if (is_new) {
    return wrong;
  }
  const ElectionCounts& before = known->second;
  const bool was_final = all_closed(before);
  if (before.partitions.size() != counts.partitions.size()) {
    wrong.push_back(fmt::format("promise 1: the result of {} is of other partitions than before", counts.election));
  }
  const std::size_t partitions = std::min(before.partitions.size(), counts.partitions.size());
  for (std::size_t i = 0; i < partitions; ++i) {
    if (went_back(before.partitions[i], counts.partitions[i])) {
      wrong.push_back(
          fmt::format("promise 1: the published result of {} goes back in partition {}: it covered {}, now {}",
                      counts.election, i, before.partitions[i].covers.value, counts.partitions[i].covers.value));
    }
    if (was_final && !same_ballots(before.partitions[i], counts.partitions[i])) {
      wrong.push_back(fmt::format("promise 5: the final result of {} changes in partition {}: {} counted, now {}",
                                  counts.election, i, before.partitions[i].counted, counts.partitions[i].counted));
    }
  }
  if (was_final && !same_rounds(before, counts)) {
    wrong.push_back(fmt::format("promise 5: the final rounds of {} change", counts.election));
  }
  known->second = counts;
  return wrong;
}

}  // namespace ostraka::sim
