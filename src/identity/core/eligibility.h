// Eligibility: from the claims of a verified ID token and an election's rules to what makes this person one person, or
// why this person may not vote. Pure.
//
// The claim must be a string of 1 to 1,024 bytes and is taken byte by byte, except: `email` is lower-cased (ASCII only:
// other alphabets have no lower case that all systems agree on) and needs `email_verified` true; `phone_number` is brought
// into its one E.164 form, and needs `phone_number_verified` true. An unverified claim is anybody's to choose, so it can
// neither admit nor distinguish. Other claims may have any name, such as an address (Auth0: "https://example/member").
//
// Multi-factor: `amr` (RFC 8176) names `mfa`, or methods of at least two kinds among knowledge, possession and
// inherence. One method, or two of a kind, is one factor. Or `acr` is one of the values that the issuer's configuration
// says mean several factors. Absent is not.
#pragma once

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "election/definition.h"
#include "identity/core/voter_key.h"
#include "token/id_token.h"

namespace ostraka::identity {

inline constexpr std::size_t k_claim_bytes_max = 1024;

enum class Ineligibility { issuer_not_allowed, claim_missing, claim_not_verified, multi_factor_missing };
std::string_view ineligibility_name(Ineligibility reason);  // the enumerator's name, for metrics
std::string_view ineligibility_text(Ineligibility reason);  // a sentence for the voter

tl::expected<VoterIdentity, Ineligibility> identity_in(const election::Eligibility& rules,
                                                       const token::VerifiedIdToken& id_token);

}  // namespace ostraka::identity
