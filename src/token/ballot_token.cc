#include "token/ballot_token.h"

#include <array>

#include "base/check.h"
#include "crypto/base64url.h"
#include "crypto/mac.h"
#include "token/ballot_claims.h"

namespace ostraka::token {

namespace {

constexpr std::size_t k_token_secret_bytes = 32;

struct KeyedMac {
  std::string header_segment;  // the only first segment that a token of this key may have
  crypto::HmacSha256 mac;

  explicit KeyedMac(const TokenKey& key)
      : header_segment(crypto::base64url_encode(ballot_header(key.id))), mac(key.secret) {
    check(is_token_key_id(key.id), "a token key's id");
    check(key.secret.size() == k_token_secret_bytes, "a token key has 32 bytes");
  }
};

struct Segments {
  std::string_view header;
  std::string_view claims;
  std::string_view mac;
  std::string_view signed_part;  // header and claims with the point between them
};

std::optional<Segments> split(std::string_view compact) {
  if (compact.size() > k_ballot_token_bytes_max) {
    return std::nullopt;
  }
  const std::size_t first = compact.find('.');
  if (first == std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t second = compact.find('.', first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  // A third point is no base64url digit, so the last segment is refused with it.
  return Segments{compact.substr(0, first), compact.substr(first + 1, second - first - 1), compact.substr(second + 1),
                  compact.substr(0, second)};
}

TokenVerdict verdict_of_times(const BallotToken& token, WallTime now) {
  const auto lifetime = token.expires_at - token.issued_at;
  if (lifetime <= Milliseconds(0) || lifetime > k_ballot_token_lifetime_max) {
    return TokenVerdict::malformed;
  }
  if (token.expires_at <= now) {
    return TokenVerdict::expired;
  }
  return token.issued_at > now + k_ballot_token_clock_leeway ? TokenVerdict::not_yet_valid : TokenVerdict::valid;
}

}  // namespace

struct BallotTokenSigner::State {
  KeyedMac key;
};

BallotTokenSigner::BallotTokenSigner(const TokenKey& key) : state_(new State{KeyedMac(key)}) {}
BallotTokenSigner::~BallotTokenSigner() = default;
BallotTokenSigner::BallotTokenSigner(BallotTokenSigner&&) noexcept = default;

std::string BallotTokenSigner::sign(const BallotToken& token) {
  check(is_identifier(token.election), "a token names an election");
  check(token.issued_at >= wall_time(0) && token.issued_at < token.expires_at &&
            token.expires_at - token.issued_at <= k_ballot_token_lifetime_max,
        "a token's lifetime");
  std::string claims;
  append_ballot_claims(claims, token);
  std::string compact;
  compact.reserve(state_->key.header_segment.size() + claims.size() * 4 / 3 + 50);
  compact.append(state_->key.header_segment).push_back('.');
  crypto::append_base64url(compact, claims);
  std::array<char, crypto::k_hmac_sha256_bytes> mac{};
  state_->key.mac.mac_into(compact, mac);
  compact.push_back('.');
  crypto::append_base64url(compact, std::string_view(mac.data(), mac.size()));
  return compact;
}

struct BallotTokenVerifier::State {
  std::vector<KeyedMac> keys;
  // Buffers of verify(), kept so that their memory is.
  std::string mac;
  std::string claims;

  KeyedMac* find(std::string_view header_segment) {
    for (KeyedMac& key : keys) {
      if (key.header_segment == header_segment) {
        return &key;
      }
    }
    return nullptr;
  }
};

BallotTokenVerifier::BallotTokenVerifier(const std::vector<TokenKey>& keys) : state_(std::make_unique<State>()) {
  state_->keys.reserve(keys.size());
  for (const TokenKey& key : keys) {
    state_->keys.emplace_back(key);
  }
}

BallotTokenVerifier::~BallotTokenVerifier() = default;
BallotTokenVerifier::BallotTokenVerifier(BallotTokenVerifier&&) noexcept = default;

VerifiedBallotToken BallotTokenVerifier::verify(std::string_view compact, WallTime now) {
  VerifiedBallotToken result;
  const std::optional<Segments> segments = split(compact);
  if (!segments) {
    return result;
  }
  KeyedMac* const key = state_->find(segments->header);
  if (key == nullptr) {
    const auto header = crypto::base64url_decode(segments->header);
    result.verdict = header && is_ballot_header(*header) ? TokenVerdict::unknown_key : TokenVerdict::malformed;
    return result;
  }
  if (!crypto::base64url_decode_into(segments->mac, state_->mac)) {
    return result;
  }
  std::array<char, crypto::k_hmac_sha256_bytes> expected{};
  key->mac.mac_into(segments->signed_part, expected);
  if (!crypto::equal_constant_time(state_->mac, std::string_view(expected.data(), expected.size()))) {
    result.verdict = TokenVerdict::forged;
    return result;
  }
  BallotClaims claims;
  if (!crypto::base64url_decode_into(segments->claims, state_->claims) || !read_ballot_claims(state_->claims, claims)) {
    return result;
  }
  result.token.voter = claims.voter;
  result.token.election.assign(claims.election);
  result.token.revision = claims.revision;
  result.token.development = claims.development;
  result.token.issued_at = WallTime(std::chrono::seconds(claims.issued_at_seconds));
  result.token.expires_at = WallTime(std::chrono::seconds(claims.expires_at_seconds));
  result.verdict = verdict_of_times(result.token, now);
  return result;
}

std::optional<UnverifiedBallotToken> peek_ballot_token(std::string_view compact, std::string& scratch) {
  const std::optional<Segments> segments = split(compact);
  BallotClaims claims;
  if (!segments || !crypto::base64url_decode_into(segments->claims, scratch) || !read_ballot_claims(scratch, claims)) {
    return std::nullopt;
  }
  return UnverifiedBallotToken{claims.voter, claims.election};
}

}  // namespace ostraka::token
