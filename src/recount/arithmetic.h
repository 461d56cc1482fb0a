// The recount's own arithmetic: sums, and instant runoff counted from the start in every round. Slow and plain on
// purpose: it is what the tally's clever code is held against. The rules are in docs/decisions/0030. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "election/definition.h"
#include "recount/ballot_numbers.h"

namespace ostraka::recount {

struct RoundCount {
  std::map<std::uint64_t, std::uint64_t> votes;  // of those still in
  std::vector<std::uint64_t> eliminated;
  std::uint64_t exhausted = 0;
};

// Adds up one contest, ballot by ballot.
class ContestCount {
 public:
  ContestCount(const election::Definition& definition, const election::Contest& contest)
      : definition_(definition), contest_(contest), sums_(contest.options.size(), 0) {}

  void add(const Entries& entries);

  // Votes, points, or first preferences.
  const std::vector<std::uint64_t>& sums() const { return sums_; }

  struct Outcome {
    std::vector<std::uint64_t> winners;
    std::vector<RoundCount> rounds;  // ranked only
  };
  Outcome outcome() const;

 private:
  RoundCount count_round(const std::vector<bool>& out) const;
  std::uint64_t first_out_of(std::vector<std::uint64_t> tied, const std::vector<RoundCount>& rounds) const;
  Outcome runoff() const;
  std::string lot(std::uint64_t option) const;

  const election::Definition& definition_;
  const election::Contest& contest_;
  std::vector<std::uint64_t> sums_;
  std::map<std::vector<std::uint16_t>, std::uint64_t> rankings_;  // ranked only: how often each was given
};

}  // namespace ostraka::recount
