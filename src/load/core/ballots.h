// Ballots to vote with: valid ones, all over the options. Pure; the same seed gives the same ballots.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "election/definition.h"

namespace ostraka::load {

// Bodies of POST /v1/elections/{id}/votes.
std::vector<std::string> random_bodies(const election::Definition& definition, std::size_t count, std::uint64_t seed);

}  // namespace ostraka::load
