// Voter keys and pepper commitments (docs/formats/keys.md). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"

namespace ostraka::identity {

// What makes a person one person in an election.
struct VoterIdentity {
  std::string issuer;  // empty where the claim alone decides (unique_by claim); an issuer's name never is
  std::string claim;   // normalised, not empty
};

// First 16 bytes of HMAC-SHA256(pepper, issuer ‖ 0 ‖ claim). Nobody without the pepper can compute it, and voter keys
// of two elections cannot be linked.
VoterKey voter_key(std::string_view pepper, const VoterIdentity& identity);

// SHA-256("ostraka pepper commitment" ‖ 0 ‖ election ‖ 0 ‖ pepper): what the opening puts on the log, so that no other
// pepper can take its place afterwards.
std::string pepper_commitment(std::string_view election, std::string_view pepper);

}  // namespace ostraka::identity
