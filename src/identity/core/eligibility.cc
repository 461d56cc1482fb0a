#include "identity/core/eligibility.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ostraka::identity {

namespace {

using nlohmann::json;

// RFC 8176: several factors, or proof of a thing that one has (used beside whatever else was asked for).
constexpr std::array<std::string_view, 6> k_multi_factor_methods = {"mfa", "otp", "hwk", "swk", "sc", "sms"};
// OpenID's phishing-resistant levels, the PAPE policy, and Amazon Cognito's level for several factors.
constexpr std::array<std::string_view, 4> k_multi_factor_classes = {
    "phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor", "urn:cognito:loa:3"};

template <class Names>
bool is_one_of(const json& value, const Names& names) {
  return value.is_string() && std::find(names.begin(), names.end(), value.get_ref<const std::string&>()) != names.end();
}

bool used_several_factors(const json& claims) {
  if (const auto methods = claims.find("amr"); methods != claims.end() && methods->is_array()) {
    const bool named = std::any_of(methods->begin(), methods->end(),
                                   [](const json& method) { return is_one_of(method, k_multi_factor_methods); });
    if (named) {
      return true;
    }
  }
  const auto level = claims.find("acr");
  return level != claims.end() && is_one_of(*level, k_multi_factor_classes);
}

bool is_true(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_boolean() && found->get<bool>();
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

tl::expected<std::string, Ineligibility> normalised_claim(const std::string& name, const json& claims) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_string()) {
    return tl::make_unexpected(Ineligibility::claim_missing);
  }
  const std::string& text = found->get_ref<const std::string&>();
  if (text.empty() || text.size() > k_claim_bytes_max) {
    return tl::make_unexpected(Ineligibility::claim_missing);
  }
  if (name == "email") {
    return is_true(claims, "email_verified") ? tl::expected<std::string, Ineligibility>(lower_case(text))
                                             : tl::make_unexpected(Ineligibility::claim_not_verified);
  }
  if (name == "phone_number" && !is_true(claims, "phone_number_verified")) {
    return tl::make_unexpected(Ineligibility::claim_not_verified);
  }
  return text;
}

}  // namespace

std::string_view ineligibility_name(Ineligibility reason) {
  switch (reason) {
    case Ineligibility::issuer_not_allowed:
      return "issuer_not_allowed";
    case Ineligibility::claim_missing:
      return "claim_missing";
    case Ineligibility::claim_not_verified:
      return "claim_not_verified";
    case Ineligibility::multi_factor_missing:
      return "multi_factor_missing";
  }
  return "";
}

std::string_view ineligibility_text(Ineligibility reason) {
  switch (reason) {
    case Ineligibility::issuer_not_allowed:
      return "This election does not admit sign-ins from this provider.";
    case Ineligibility::claim_missing:
      return "The sign-in does not tell what this election goes by.";
    case Ineligibility::claim_not_verified:
      return "The provider has not verified the address or number that this election goes by.";
    case Ineligibility::multi_factor_missing:
      return "This election asks for a sign-in with more than one factor.";
  }
  return "";
}

tl::expected<VoterIdentity, Ineligibility> identity_in(const election::Eligibility& rules,
                                                       const token::VerifiedIdToken& id_token) {
  const std::string& issuer = id_token.issuer->issuer;
  const bool admitted =
      rules.issuers.empty() || std::find(rules.issuers.begin(), rules.issuers.end(), issuer) != rules.issuers.end();
  if (!admitted) {
    return tl::make_unexpected(Ineligibility::issuer_not_allowed);
  }
  tl::expected<std::string, Ineligibility> claim = normalised_claim(rules.claim, id_token.claims);
  if (!claim) {
    return tl::make_unexpected(claim.error());
  }
  if (rules.require_mfa && !used_several_factors(id_token.claims)) {
    return tl::make_unexpected(Ineligibility::multi_factor_missing);
  }
  return VoterIdentity{rules.unique_by == election::UniqueBy::issuer ? issuer : std::string(), std::move(*claim)};
}

}  // namespace ostraka::identity
