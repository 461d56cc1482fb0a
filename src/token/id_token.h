// ID tokens (OpenID Connect Core 1.0, section 3.1.3.7): who signed in, by the word of an identity provider that we were
// configured to believe. Pure: issuers, keys and time are handed in.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
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
  std::vector<std::string> aliases = {};  // other spellings of `iss` in its tokens
  // How long before its token a person may have signed in, by `auth_time`; empty: not asked.
  std::optional<std::chrono::seconds> max_age = {};
  // What is for whoever reads the claims:
  std::vector<std::string> mfa_acr_values = {};  // `acr` that means several factors
  bool verified_may_be_text = false;             // `email_verified` and the like may be "true" in place of true
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
  too_old,         // the person signed in too long ago, or it does not say when
  access_token,    // signed, but a token for something else than saying who signed in
};
// For logs and metrics: the enumerator's name.
std::string_view id_token_verdict_name(IdTokenVerdict verdict);

struct VerifiedIdToken {
  IdTokenVerdict verdict = IdTokenVerdict::malformed;
  const Issuer* issuer = nullptr;  // of the verifier; set when valid, or when the key is unknown
  bool is_key_unknown = false;     // also where it is valid all the same (verify_from)
  std::string key_id = {};         // the unknown key's; empty where the token names none
  nlohmann::json claims = {};      // set when valid: an object with a `sub` of 1 to 255 bytes
};

// Of the claims of a valid one.
WallTime expires_at(const nlohmann::json& claims);

// Immutable: share it between threads freely.
class IdTokenVerifier {
 public:
  // REQUIRES: no two issuers have a name or alias in common.
  explicit IdTokenVerifier(std::vector<Issuer> issuers);

  VerifiedIdToken verify(std::string_view compact, WallTime now) const;

  // For a token that this issuer's own token endpoint has just handed over (over TLS): a key that we do not know yet is
  // no reason to refuse it (OpenID Connect Core 1.0, section 3.1.3.7, point 6).
  VerifiedIdToken verify_from(std::string_view issuer, std::string_view compact, WallTime now) const;

  const std::map<std::string, Issuer, std::less<>>& issuers() const { return issuers_; }

 private:
  enum class UnknownKey { refused, taken };
  const Issuer* find(std::string_view name) const;
  VerifiedIdToken verify(std::string_view compact, WallTime now, UnknownKey unknown_key) const;

  std::map<std::string, Issuer, std::less<>> issuers_;
  std::map<std::string, std::string, std::less<>> aliases_;  // alias -> name
};

}  // namespace ostraka::token
