// The recount's own walk along one partition of `ballots`, for one election.
//
// Intuition: three things can be true of the partition as one walks along it: the election has not begun, votes count,
// or it is over. Only while votes count can a vote count, and only the first of its voter.
//
// Owned by one thread. Holds the keys of the voters whose ballots count.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "election/catalogue.h"
#include "recount/arithmetic.h"

namespace ostraka::recount {

using Voters = boost::unordered_flat_set<VoterKey, std::hash<VoterKey>>;

struct Accounts {
  std::uint64_t counted = 0;
  std::uint64_t repeated = 0;
  std::uint64_t outside = 0;
  std::uint64_t unreadable = 0;  // records that belong to no election
  bool development = false;
  bool closed = false;
};

class PartitionWalk {
 public:
  // REQUIRES: the entry was opened. `counts` has one count a contest and takes the ballots that count.
  PartitionWalk(const election::Entry& entry, Partition partition, std::vector<ContestCount>& counts)
      : entry_(entry), partition_(partition), counts_(counts) {}

  // Errors: damaged, for an opened marker that contradicts the opening.
  Status next(std::string_view record);

  const Accounts& accounts() const { return accounts_; }
  const Voters& voters() const { return voters_; }

 private:
  enum class Phase { before, during, after };

  const election::Entry& entry_;
  Partition partition_;
  std::vector<ContestCount>& counts_;
  Phase phase_ = Phase::before;
  Accounts accounts_;
  Voters voters_;
};

}  // namespace ostraka::recount
