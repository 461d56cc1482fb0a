#include "token/id_token.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "token/strict_json.h"

namespace ostraka::token {

namespace {

using nlohmann::json;

// By what an access token gives itself away where a provider makes it a signed one, too.
struct AccessTokenMark {
  const char* claim;
  std::string_view value;
};
constexpr std::array<AccessTokenMark, 2> k_access_token_marks = {{{"token_use", "access"},   // Amazon Cognito
                                                                  {"typ", "Bearer"}}};       // Keycloak

constexpr double k_seconds_max = 9'007'199'254'740'991.0;  // 2^53 - 1: in milliseconds it still fits 63 bits

IdTokenVerdict verdict_of(JwsVerdict verdict) {
  switch (verdict) {
    case JwsVerdict::valid:
      return IdTokenVerdict::valid;
    case JwsVerdict::malformed:
      return IdTokenVerdict::malformed;
    case JwsVerdict::unknown_key:
      return IdTokenVerdict::unknown_key;
    case JwsVerdict::wrong_algorithm:
      return IdTokenVerdict::wrong_algorithm;
    case JwsVerdict::forged:
      return IdTokenVerdict::forged;
  }
  return IdTokenVerdict::malformed;
}

const std::string* text_claim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
}

// A NumericDate (RFC 7519): seconds, perhaps with a fraction, which is cut. Empty when it is none.
std::optional<WallTime> date_claim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) {
    return std::nullopt;
  }
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= k_seconds_max)) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(std::floor(seconds))));
}

// We must be among the audiences; where there are others, the token must have been made for us (azp).
bool is_for(const json& claims, const std::string& client_id) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) {
    return false;
  }
  const auto party = claims.find("azp");
  if (party != claims.end() && *party != client_id) {
    return false;
  }
  if (audience->is_string()) {
    return *audience == client_id;
  }
  if (!audience->is_array() || audience->empty()) {
    return false;
  }
  const bool texts = std::all_of(audience->begin(), audience->end(), [](const json& each) { return each.is_string(); });
  const bool named = std::find(audience->begin(), audience->end(), client_id) != audience->end();
  return texts && named && (audience->size() == 1 || party != claims.end());
}

IdTokenVerdict verdict_of_times(const json& claims, WallTime now) {
  const auto expires_at = date_claim(claims, "exp");
  const auto issued_at = date_claim(claims, "iat");
  const auto not_before = date_claim(claims, "nbf");
  if (!expires_at || !issued_at || (claims.contains("nbf") && !not_before)) {
    return IdTokenVerdict::invalid_claims;
  }
  if (*expires_at + k_id_token_leeway <= now) {
    return IdTokenVerdict::expired;
  }
  if (*issued_at > now + k_id_token_leeway || (not_before && *not_before > now + k_id_token_leeway)) {
    return IdTokenVerdict::not_yet_valid;
  }
  return IdTokenVerdict::valid;
}

bool is_access_token(const json& claims) {
  return std::any_of(k_access_token_marks.begin(), k_access_token_marks.end(), [&claims](const AccessTokenMark& mark) {
    const std::string* const value = text_claim(claims, mark.claim);
    return value != nullptr && *value == mark.value;
  });
}

// Measured against the token's own time: how long a person then looks at the ballot is none of its business.
bool is_too_old(const json& claims, std::chrono::seconds max_age) {
  const auto signed_in_at = date_claim(claims, "auth_time");
  const auto issued_at = date_claim(claims, "iat");
  return !signed_in_at || !issued_at || *signed_in_at + max_age + k_id_token_leeway < *issued_at;
}

IdTokenVerdict verdict_of_claims(const json& claims, const Issuer& issuer, WallTime now) {
  if (is_access_token(claims)) {
    return IdTokenVerdict::access_token;
  }
  if (!is_for(claims, issuer.client_id)) {
    return IdTokenVerdict::wrong_audience;
  }
  const std::string* const subject = text_claim(claims, "sub");
  if (subject == nullptr || subject->empty() || subject->size() > k_subject_bytes_max) {
    return IdTokenVerdict::invalid_claims;
  }
  const IdTokenVerdict verdict = verdict_of_times(claims, now);
  if (verdict == IdTokenVerdict::valid && issuer.max_age && is_too_old(claims, *issuer.max_age)) {
    return IdTokenVerdict::too_old;
  }
  return verdict;
}

}  // namespace

std::string_view id_token_verdict_name(IdTokenVerdict verdict) {
  switch (verdict) {
    case IdTokenVerdict::valid:
      return "valid";
    case IdTokenVerdict::malformed:
      return "malformed";
    case IdTokenVerdict::unknown_issuer:
      return "unknown_issuer";
    case IdTokenVerdict::unknown_key:
      return "unknown_key";
    case IdTokenVerdict::wrong_algorithm:
      return "wrong_algorithm";
    case IdTokenVerdict::forged:
      return "forged";
    case IdTokenVerdict::wrong_audience:
      return "wrong_audience";
    case IdTokenVerdict::expired:
      return "expired";
    case IdTokenVerdict::not_yet_valid:
      return "not_yet_valid";
    case IdTokenVerdict::invalid_claims:
      return "invalid_claims";
    case IdTokenVerdict::too_old:
      return "too_old";
    case IdTokenVerdict::access_token:
      return "access_token";
  }
  return "malformed";
}

WallTime expires_at(const nlohmann::json& claims) { return date_claim(claims, "exp").value_or(WallTime()); }

IdTokenVerifier::IdTokenVerifier(std::vector<Issuer> issuers) {
  for (Issuer& issuer : issuers) {
    for (const std::string& alias : issuer.aliases) {
      check(aliases_.emplace(alias, issuer.issuer).second, "an issuer's name is nobody else's");
    }
    std::string name = issuer.issuer;
    check(issuers_.emplace(std::move(name), std::move(issuer)).second, "an issuer is configured once");
  }
}

const Issuer* IdTokenVerifier::find(std::string_view name) const {
  const auto alias = aliases_.find(name);
  const auto issuer = issuers_.find(alias == aliases_.end() ? name : std::string_view(alias->second));
  return issuer == issuers_.end() ? nullptr : &issuer->second;
}

VerifiedIdToken IdTokenVerifier::verify(std::string_view compact, WallTime now) const {
  return verify(compact, now, UnknownKey::refused);
}

VerifiedIdToken IdTokenVerifier::verify_from(std::string_view issuer, std::string_view compact, WallTime now) const {
  VerifiedIdToken result = verify(compact, now, UnknownKey::taken);
  if (result.issuer != nullptr && result.issuer != find(issuer)) {
    return {.verdict = IdTokenVerdict::unknown_issuer};
  }
  return result;
}

VerifiedIdToken IdTokenVerifier::verify(std::string_view compact, WallTime now, UnknownKey unknown_key) const {
  VerifiedIdToken result;
  const Result<CompactJws> jws = parse_compact_jws(compact);
  if (!jws) {
    return result;
  }
  Result<json> claims = parse_strict_json(jws->payload);
  if (!claims || !claims->is_object()) {
    return result;
  }
  // Only to find the keys: the signature is checked before anything else is read from it.
  const std::string* const name = text_claim(*claims, "iss");
  const Issuer* const issuer = name == nullptr ? nullptr : find(*name);
  if (issuer == nullptr) {
    result.verdict = IdTokenVerdict::unknown_issuer;
    return result;
  }
  result.verdict = verdict_of(verify_jws(*jws, issuer->keys));
  if (result.verdict == IdTokenVerdict::unknown_key) {
    result.issuer = issuer;
    result.is_key_unknown = true;
    result.key_id = jws->key_id;
    if (unknown_key == UnknownKey::refused) {
      return result;
    }
    result.verdict = IdTokenVerdict::valid;
  }
  if (result.verdict == IdTokenVerdict::valid) {
    result.verdict = jws->is_access_token ? IdTokenVerdict::access_token : verdict_of_claims(*claims, *issuer, now);
  }
  if (result.verdict == IdTokenVerdict::valid) {
    result.issuer = issuer;
    result.claims = std::move(*claims);
  }
  return result;
}

}  // namespace ostraka::token
