// Instant runoff: one contest, one seat.
//
// Intuition: every ballot is a slip of paper that lies on the pile of the option it likes best among those that are
// still in. As long as no pile is more than half of the slips that lie anywhere, one option goes, and each slip of its
// pile moves to the next option on it that is still in, or leaves the table: it is exhausted.
//
// The rules (docs/decisions/0030):
// - A count stops when one option has more than half of the continuing ballots, or two options remain.
// - One option goes a round. While an undeclared one is still in, one of those goes; else the one with the fewest
// votes.
// - Ties: the one with fewer votes in the latest earlier round in which they differ goes first; else by tie_places().
//   The same rules decide between the two that remain.
// - Without ballots there is one round of zeros and no winner.
//
// Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "election/counting/ranking_counts.h"
#include "election/definition.h"

namespace ostraka::election::counting {

struct RunoffRound {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> tally;  // option and votes of those still in, by option
  std::vector<std::uint32_t> eliminated;                       // who goes after this round; none after the last
  std::uint64_t exhausted = 0;  // ballots that rank nobody who is still in, out of those that rank anybody
  bool operator==(const RunoffRound&) const = default;
};

struct Runoff {
  std::vector<RunoffRound> rounds;
  std::vector<std::uint32_t> winners;
  bool operator==(const Runoff&) const = default;
};

// REQUIRES: !rankings.bounded(), and every ranking is of a valid ballot of this contest.
Runoff count_runoff(std::string_view election, const Contest& contest, const RankingCounts& rankings);

}  // namespace ostraka::election::counting
