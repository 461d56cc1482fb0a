// Votes per option of one contest: what every method adds up ballot by ballot. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "election/ballot.h"

namespace ostraka::election::counting {

// Per option, in the definition's order: votes (single, approval), points (score), or first preferences (ranked).
using Votes = std::vector<std::uint64_t>;

// REQUIRES: one number an option in `votes`, and choices of a valid ballot.
void add_choices(const Contest& contest, std::span<const Choice> choices, Votes& votes);

// The options with the most votes: all of those that share the lead, none where nobody has a vote or a point.
std::vector<std::uint32_t> leaders(const Votes& votes);

}  // namespace ostraka::election::counting
