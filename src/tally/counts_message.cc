#include "tally/counts_message.h"

namespace ostraka::tally {

namespace {

void write(const election::results::PartitionCounts& counts, v1::PartitionCounts& message) {
  message.set_partition(counts.partition.value);
  message.set_covers(counts.covers.value);
  message.set_opened(counts.opened);
  message.set_closed(counts.closed);
  message.set_counted(counts.counted);
  message.set_repeated_ballots(counts.repeated);
  message.set_held(counts.held);
  message.set_outside(counts.outside);
  message.set_development(counts.development);
  for (const election::counting::Votes& votes : counts.contests) {
    message.add_contests()->mutable_votes()->Add(votes.begin(), votes.end());
  }
}

void write(const election::results::RankedCounts& ranked, v1::RankedCounts& message) {
  message.set_contest(ranked.contest);
  message.mutable_covers()->insert(ranked.covers.begin(), ranked.covers.end());
  message.set_bounded(ranked.bounded);
  for (const election::counting::RunoffRound& round : ranked.runoff.rounds) {
    v1::RankedRound& written = *message.add_rounds();
    for (const auto& [option, votes] : round.tally) {
      (*written.mutable_tally())[option] = votes;
    }
    written.mutable_eliminated()->Add(round.eliminated.begin(), round.eliminated.end());
    written.set_exhausted(round.exhausted);
  }
  message.mutable_winners()->Add(ranked.runoff.winners.begin(), ranked.runoff.winners.end());
}

}  // namespace

v1::ElectionCounts to_message(const election::results::ElectionCounts& counts) {
  v1::ElectionCounts message;
  message.set_election(counts.election);
  for (const election::results::PartitionCounts& partition : counts.partitions) {
    write(partition, *message.add_partitions());
  }
  for (const election::results::RankedCounts& ranked : counts.ranked) {
    write(ranked, *message.add_ranked());
  }
  return message;
}

}  // namespace ostraka::tally
