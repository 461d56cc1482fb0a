// Ballot tokens: who may cast which ballot, for minutes. A compact JWS (RFC 7515), HS256, with one fixed header per key
// and one fixed order of claims, so that a token has exactly one valid spelling. Pure: keys and time are handed in.
// Format page: docs/formats/ballot-token.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace ostraka::token {

inline constexpr std::chrono::minutes k_ballot_token_lifetime_max{10};
inline constexpr std::size_t k_ballot_token_bytes_max = 1024;
// How far ahead of ours the issuing machine's clock may be. Expiry has no leeway: a voter can ask again.
inline constexpr std::chrono::seconds k_ballot_token_clock_leeway{60};

struct BallotToken {
  VoterKey voter;              // sub, 32 hex digits
  std::string election;        // eid
  std::uint64_t revision = 0;  // rev: of the definition that eligibility was checked against
  bool development = false;    // dev: signed in with the development issuer
  WallTime issued_at;          // iat, seconds
  WallTime expires_at;         // exp, seconds
};

struct TokenKey {
  std::string id;      // kid: [A-Za-z0-9_-]{1,32}
  std::string secret;  // 32 bytes
};

// One per thread: it keeps a MAC context a key.
class BallotTokenSigner {
 public:
  explicit BallotTokenSigner(const TokenKey& key);
  ~BallotTokenSigner();
  BallotTokenSigner(BallotTokenSigner&&) noexcept;
  // REQUIRES: issued_at < expires_at <= issued_at + k_ballot_token_lifetime_max, after 1970, and an election id.
  std::string sign(const BallotToken& token);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class TokenVerdict { valid, malformed, unknown_key, forged, expired, not_yet_valid };

struct VerifiedBallotToken {
  TokenVerdict verdict = TokenVerdict::malformed;
  BallotToken token;  // meaningful only when valid
};

// One per thread: it keeps a MAC context a key. Verifies in constant time with regard to the MAC. Nothing in a token is
// believed, or even read beyond its key id, before the MAC is right.
// unknown_key: well-formed, but of a key that is not among ours; whoever owns the keys may have newer ones to read.
class BallotTokenVerifier {
 public:
  explicit BallotTokenVerifier(const std::vector<TokenKey>& keys);
  ~BallotTokenVerifier();
  BallotTokenVerifier(BallotTokenVerifier&&) noexcept;
  VerifiedBallotToken verify(std::string_view compact, WallTime now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a gateway may read without a key: whom the token is about, so that it can be routed. Proves nothing.
struct UnverifiedBallotToken {
  VoterKey voter;
  std::string_view election;  // into `scratch`
};
// `scratch` holds the decoded claims; reuse it between calls.
std::optional<UnverifiedBallotToken> peek_ballot_token(std::string_view compact, std::string& scratch);

}  // namespace ostraka::token
