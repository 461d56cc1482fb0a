// The two fixed texts inside a ballot token: the header of a key and the claims (docs/formats/ballot-token.md).
// Of token/ only. Pure.
#pragma once

#include <string>
#include <string_view>

#include "token/ballot_token.h"

namespace ostraka::token {

inline constexpr std::size_t k_token_key_id_bytes_max = 32;

// [A-Za-z0-9_-]{1,32}
bool is_token_key_id(std::string_view id);

std::string ballot_header(std::string_view key_id);
// Whether these are the bytes that ballot_header() makes for some key id.
bool is_ballot_header(std::string_view header);

void append_ballot_claims(std::string& out, const BallotToken& token);
// The claims in their one form; views into `claims`. False for every other spelling.
struct BallotClaims {
  bool development = false;
  std::string_view election;
  std::int64_t expires_at_seconds = 0;
  std::int64_t issued_at_seconds = 0;
  std::uint64_t revision = 0;
  VoterKey voter;
};
[[nodiscard]] bool read_ballot_claims(std::string_view claims, BallotClaims& out);

}  // namespace ostraka::token
