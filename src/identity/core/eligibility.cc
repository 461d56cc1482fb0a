#include "identity/core/eligibility.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

namespace ostraka::identity {

namespace {

using nlohmann::json;

// The kinds of proof that make two methods two factors: what one knows, has, and is. Two of the same kind, such as a
// password and a PIN, fall to the same thief.
enum Factor : unsigned { knowledge = 1, possession = 2, inherence = 4 };

struct Method {
  std::string_view name;
  Factor factor;
};
// RFC 8176. What is not here (geo, mca, rba, user, wia, …) proves none of the three.
constexpr std::array<Method, 15> k_methods = {{{"pwd", knowledge},
                                               {"pin", knowledge},
                                               {"kba", knowledge},
                                               {"otp", possession},
                                               {"sms", possession},
                                               {"tel", possession},
                                               {"hwk", possession},
                                               {"swk", possession},
                                               {"sc", possession},
                                               {"pop", possession},
                                               {"fpt", inherence},
                                               {"face", inherence},
                                               {"iris", inherence},
                                               {"retina", inherence},
                                               {"vbm", inherence}}};

unsigned factor_of(std::string_view method) {
  const auto found =
      std::find_if(k_methods.begin(), k_methods.end(), [method](const Method& m) { return m.name == method; });
  return found == k_methods.end() ? 0U : found->factor;
}

bool says_several_factors(const json& claims, const std::vector<std::string>& acr_values) {
  const auto acr = claims.find("acr");
  return acr != claims.end() && acr->is_string() &&
         std::find(acr_values.begin(), acr_values.end(), acr->get_ref<const std::string&>()) != acr_values.end();
}

bool used_several_factors(const json& claims) {
  const auto methods = claims.find("amr");
  if (methods == claims.end() || !methods->is_array()) {
    return false;
  }
  unsigned factors = 0;
  for (const json& method : *methods) {
    if (!method.is_string()) {
      continue;
    }
    const std::string& name = method.get_ref<const std::string&>();
    if (name == "mfa") {
      return true;
    }
    factors |= factor_of(name);
  }
  return std::popcount(factors) >= 2;
}

bool is_verified(const token::VerifiedIdToken& id_token, const char* name) {
  const auto found = id_token.claims.find(name);
  return found != id_token.claims.end() &&
         (*found == true || (id_token.issuer->verified_may_be_text && *found == "true"));
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

// "+1 (425) 555-1212" -> "+14255551212" (ITU-T E.164; RFC 3966 names the visual separators). Empty for anything else: a
// number without its country, with an extension, or with the trunk prefix "(0)", is not one number everywhere.
std::string to_e164(std::string_view text) {
  constexpr std::size_t k_digits_min = 7;
  constexpr std::size_t k_digits_max = 15;
  if (!text.starts_with('+') || text.find("(0)") != std::string_view::npos) {
    return {};
  }
  std::string number = "+";
  for (const char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      number += c;
    } else if (std::string_view(" -.()").find(c) == std::string_view::npos) {
      return {};
    }
  }
  const std::size_t digits = number.size() - 1;
  return digits < k_digits_min || digits > k_digits_max || number[1] == '0' ? std::string() : number;
}

tl::expected<std::string, Ineligibility> normalised_claim(const std::string& name,
                                                          const token::VerifiedIdToken& id_token) {
  const json& claims = id_token.claims;
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_string()) {
    return tl::make_unexpected(Ineligibility::claim_missing);
  }
  const std::string& text = found->get_ref<const std::string&>();
  if (text.empty() || text.size() > k_claim_bytes_max) {
    return tl::make_unexpected(Ineligibility::claim_missing);
  }
  if (name == "email") {
    return is_verified(id_token, "email_verified") ? tl::expected<std::string, Ineligibility>(lower_case(text))
                                             : tl::make_unexpected(Ineligibility::claim_not_verified);
  }
  if (name == "phone_number") {
    if (!is_verified(id_token, "phone_number_verified")) {
      return tl::make_unexpected(Ineligibility::claim_not_verified);
    }
    std::string number = to_e164(text);
    return number.empty() ? tl::make_unexpected(Ineligibility::claim_missing)
                          : tl::expected<std::string, Ineligibility>(std::move(number));
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
  tl::expected<std::string, Ineligibility> claim = normalised_claim(rules.claim, id_token);
  if (!claim) {
    return tl::make_unexpected(claim.error());
  }
  if (rules.require_mfa && !used_several_factors(id_token.claims) &&
      !says_several_factors(id_token.claims, id_token.issuer->mfa_acr_values)) {
    return tl::make_unexpected(Ineligibility::multi_factor_missing);
  }
  return VoterIdentity{rules.unique_by == election::UniqueBy::issuer ? issuer : std::string(), std::move(*claim)};
}

}  // namespace ostraka::identity
