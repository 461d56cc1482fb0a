#include "gateway/counts_from_message.h"

#include <algorithm>

namespace ostraka::gateway {

namespace {

election::results::PartitionCounts partition_from(const v1::PartitionCounts& message) {
  election::results::PartitionCounts counts;
  counts.partition = Partition{message.partition()};
  counts.covers = Offset{message.covers()};
  counts.opened = message.opened();
  counts.closed = message.closed();
  counts.development = message.development();
  counts.counted = message.counted();
  counts.repeated = message.repeated_ballots();
  counts.held = message.held();
  counts.outside = message.outside();
  for (const v1::ContestCounts& contest : message.contests()) {
    counts.contests.emplace_back(contest.votes().begin(), contest.votes().end());
  }
  return counts;
}

election::results::RankedCounts ranked_from(const v1::RankedCounts& message) {
  election::results::RankedCounts ranked;
  ranked.contest = message.contest();
  ranked.covers.insert(message.covers().begin(), message.covers().end());
  ranked.bounded = message.bounded();
  for (const v1::RankedRound& round : message.rounds()) {
    election::counting::RunoffRound& read = ranked.runoff.rounds.emplace_back();
    read.tally.assign(round.tally().begin(), round.tally().end());
    std::sort(read.tally.begin(), read.tally.end());  // a protobuf map has no order
    read.eliminated.assign(round.eliminated().begin(), round.eliminated().end());
    read.exhausted = round.exhausted();
  }
  ranked.runoff.winners.assign(message.winners().begin(), message.winners().end());
  return ranked;
}

}  // namespace

election::results::ElectionCounts counts_from(const v1::ElectionCounts& message) {
  election::results::ElectionCounts counts;
  counts.election = message.election();
  for (const v1::PartitionCounts& partition : message.partitions()) {
    counts.partitions.push_back(partition_from(partition));
  }
  for (const v1::RankedCounts& ranked : message.ranked()) {
    counts.ranked.push_back(ranked_from(ranked));
  }
  return counts;
}

}  // namespace ostraka::gateway
