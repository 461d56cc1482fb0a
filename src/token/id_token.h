// ID tokens (OpenID Connect Core 1.0, section 3.1.3.7): who signed in, by the word of an identity provider that we were
// configured to believe. Pure: issuers, keys and time are handed in.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "token/jws.h"

namespace ostraka::token {

inline constexpr std::chrono::seconds k_id_token_leeway{60};  // between an issuer's clock and ours
inline constexpr std::size_t k_subject_bytes_max = 255;

enum class IssuerKind { oidc, development };

struct Issuer {
  std::string issuer;     // `iss`, compared byte by byte
  std::string client_id;  // ours there: must be among the audiences
  IssuerKind kind = IssuerKind::oidc;
  std::vector<VerificationKey> keys;
};

enum class IdTokenVerdict {
  valid,
  malformed,
  unknown_issuer,
  unknown_key,  // the issuer may have newer keys
  wrong_algorithm,
  forged,
  wrong_audience,
  expired,
  not_yet_valid,
  invalid_claims,  // signed, but without what every ID token must say
};
// For logs and metrics: the enumerator's name.
std::string_view id_token_verdict_name(IdTokenVerdict verdict);

struct VerifiedIdToken {
  IdTokenVerdict verdict = IdTokenVerdict::malformed;
  const Issuer* issuer = nullptr;  // of the verifier; set when valid
  nlohmann::json claims;           // set when valid: an object with a `sub` of 1 to 255 bytes
};

// Immutable: share it between threads freely.
class IdTokenVerifier {
 public:
  // REQUIRES: no two issuers have the same name.
  explicit IdTokenVerifier(std::vector<Issuer> issuers);

  VerifiedIdToken verify(std::string_view compact, WallTime now) const;
  const std::map<std::string, Issuer, std::less<>>& issuers() const { return issuers_; }

 private:
  std::map<std::string, Issuer, std::less<>> issuers_;
};

}  // namespace ostraka::token
