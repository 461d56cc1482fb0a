// The count again, from the log alone, in the plainest code that does it. Shares nothing with the once-ledger but the
// record format: the checkers hold the ledger, and everyone's answers, against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "sim/history.h"

namespace ostraka::sim {

struct NaiveVote {
  std::string election;
  VoterKey voter;
  std::string ballot;
  std::string ballot_hash;
  Method method = Method::single;  // of its election
  std::string verdict;             // by name, as once::verdict_name has it
};

struct NaivePartition {
  std::map<std::uint64_t, NaiveVote> votes;  // by offset
  std::map<std::string, std::uint64_t> opened;
  std::map<std::string, std::uint64_t> closed;
  std::map<std::pair<std::string, VoterKey>, std::uint64_t> counted;     // offset of the ballot that counts
  std::map<std::string, std::map<std::string, std::uint64_t>> verdicts;  // election -> verdict -> records
  std::uint64_t unreadable = 0;
  std::uint64_t end = 0;
};

// One election in one partition.
struct NaiveCounts {
  std::uint64_t counted = 0;
  std::uint64_t repeated = 0;
  std::uint64_t outside = 0;
  std::uint64_t records = 0;  // votes of any verdict
  std::vector<std::uint64_t> votes = std::vector<std::uint64_t>(k_options, 0);
  bool closed = false;
};

NaiveCounts naive_counts(const NaivePartition& fold, const std::string& election);

NaivePartition naive_fold(const std::vector<std::string>& records, Partition partition,
                          const std::map<std::string, ElectionFacts>& elections);

}  // namespace ostraka::sim
