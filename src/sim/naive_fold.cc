#include "sim/naive_fold.h"

#include "ostraka/v1/ballot_records.pb.h"
#include "sim/ballots.h"

namespace ostraka::sim {
namespace {

std::string verdict_of(const NaivePartition& so_far, const NaiveVote& vote, Partition partition,
                       const std::map<std::string, std::uint32_t>& partition_counts) {
  const bool open = so_far.opened.contains(vote.election) && !so_far.closed.contains(vote.election);
  if (!open) {
    return "outside_window";
  }
  if (vote.voter.first_eight_big_endian() % partition_counts.at(vote.election) != partition.value) {
    return "misplaced";
  }
  if (!ballot_of(vote.ballot, vote.method)) {
    return "malformed";
  }
  const auto first = so_far.counted.find({vote.election, vote.voter});
  if (first == so_far.counted.end()) {
    return "counted";
  }
  return so_far.votes.at(first->second).ballot == vote.ballot ? "repeat_same" : "repeat_other";
}

}  // namespace

NaivePartition naive_fold(const std::vector<std::string>& records, Partition partition,
                          const std::map<std::string, ElectionFacts>& elections) {
  NaivePartition fold;
  std::map<std::string, std::uint32_t> partition_counts;
  for (std::uint64_t at = 0; at < records.size(); ++at) {
    v1::BallotRecord record;
    if (!record.ParseFromString(records[at]) || record.kind_case() == v1::BallotRecord::KIND_NOT_SET) {
      ++fold.unreadable;
    } else if (record.has_opened()) {
      const std::string& election = record.opened().election();
      if (!fold.closed.contains(election) && fold.opened.emplace(election, at).second) {
        partition_counts[election] = record.opened().partitions();
      }
    } else if (record.has_closed()) {
      fold.closed.emplace(record.closed().election(), at);
    } else {
      NaiveVote vote{record.vote().election(),
                     VoterKey::from_bytes(record.vote().voter_key()).value_or(VoterKey{}),
                     record.vote().ballot(),
                     record.vote().ballot_hash(),
                     Method::single,
                     {}};
      const auto facts = elections.find(vote.election);
      vote.method = facts == elections.end() ? Method::single : facts->second.method;
      vote.verdict = verdict_of(fold, vote, partition, partition_counts);
      ++fold.verdicts[vote.election][vote.verdict];
      if (vote.verdict == "counted") {
        fold.counted[{vote.election, vote.voter}] = at;
      }
      fold.votes.emplace(at, std::move(vote));
    }
  }
  fold.end = records.size();
  return fold;
}

NaiveCounts naive_counts(const NaivePartition& fold, const std::string& election) {
  NaiveCounts counts;
  counts.closed = fold.closed.contains(election);
  for (const auto& [at, vote] : fold.votes) {
    if (vote.election != election) {
      continue;
    }
    ++counts.records;
    if (vote.verdict == "repeat_same" || vote.verdict == "repeat_other") {
      ++counts.repeated;
    } else if (vote.verdict != "counted") {
      ++counts.outside;
    } else {
      ++counts.counted;
      const Ballot ballot = ballot_of(vote.ballot, vote.method).value_or(0);
      for (std::uint32_t option = 0; option < k_options; ++option) {
        counts.votes[option] += votes_for(option, ballot, vote.method);
      }
    }
  }
  return counts;
}

}  // namespace ostraka::sim
