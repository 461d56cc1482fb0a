#include "token/id_token.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "token/strict_json.h"

namespace ostraka::token {

namespace {

using nlohmann::json;

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

IdTokenVerdict verdict_of_claims(const json& claims, const Issuer& issuer, WallTime now) {
  if (!is_for(claims, issuer.client_id)) {
    return IdTokenVerdict::wrong_audience;
  }
  const std::string* const subject = text_claim(claims, "sub");
  if (subject == nullptr || subject->empty() || subject->size() > k_subject_bytes_max) {
    return IdTokenVerdict::invalid_claims;
  }
  return verdict_of_times(claims, now);
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
  }
  return "malformed";
}

IdTokenVerifier::IdTokenVerifier(std::vector<Issuer> issuers) {
  for (Issuer& issuer : issuers) {
    std::string name = issuer.issuer;
    check(issuers_.emplace(std::move(name), std::move(issuer)).second, "an issuer is configured once");
  }
}

VerifiedIdToken IdTokenVerifier::verify(std::string_view compact, WallTime now) const {
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
  const auto issuer = name == nullptr ? issuers_.end() : issuers_.find(*name);
  if (issuer == issuers_.end()) {
    result.verdict = IdTokenVerdict::unknown_issuer;
    return result;
  }
  result.verdict = verdict_of(verify_jws(*jws, issuer->second.keys));
  if (result.verdict == IdTokenVerdict::valid) {
    result.verdict = verdict_of_claims(*claims, issuer->second, now);
  }
  if (result.verdict == IdTokenVerdict::valid) {
    result.issuer = &issuer->second;
    result.claims = std::move(*claims);
  }
  return result;
}

}  // namespace ostraka::token
