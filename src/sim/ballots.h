// The simulated contest's ballots, as JSON and in canonical form: written a second time here, so that a mistake in the
// product's own code shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/history.h"
#include "sim/rng.h"

namespace ostraka::sim {

// The definition's JSON: one contest of k_options options.
std::string definition_json(std::string_view election, Method method, std::string_view title,
                            std::optional<WallTime> closes_at);

// The request's body; where their order does not matter, the options stand in one of chance.
std::string body_of(Ballot ballot, Method method, Rng& rng);
std::string invalid_body(Rng& rng);
std::string malformed_body(Rng& rng);
Ballot any_ballot(Method method, Rng& rng);

std::string canonical_of(Ballot ballot, Method method);
// Empty for bytes that are not the canonical form of a ballot of such an election.
std::optional<Ballot> ballot_of(std::string_view canonical, Method method);
// What the ballot adds to an option's votes: a vote, points, or a first preference.
std::uint32_t votes_for(std::uint32_t option, Ballot ballot, Method method);

}  // namespace ostraka::sim
