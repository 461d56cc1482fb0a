#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "identity/core/development_issuer.h"
#include "identity/core/eligibility.h"
#include "identity/core/utf8.h"
#include "identity/core/voter_key.h"

namespace ostraka::identity {
namespace {

using nlohmann::json;

const WallTime k_now = from_rfc3339("2026-01-01T00:00:00Z").value();

std::string example_pepper() {
  std::string pepper(32, '\0');
  for (std::size_t i = 0; i < pepper.size(); ++i) {
    pepper[i] = static_cast<char>(i);
  }
  return pepper;
}

TEST(VoterKeys, TheFormatPagesExampleIsWhatIsComputed) {
  std::ifstream page(OSTRAKA_SOURCE_DIR "/docs/formats/keys.md");
  std::stringstream text;
  text << page.rdbuf();
  const std::string pepper = example_pepper();
  const std::string commitment = to_hex(pepper_commitment("best-song", pepper));
  EXPECT_NE(text.str().find("\ncommitment " + commitment + "\n"), std::string::npos) << commitment;
  const std::string by_issuer = voter_key(pepper, {"https://id.example", "alice"}).hex();
  EXPECT_NE(text.str().find("\nvoter key  " + by_issuer + "\n"), std::string::npos) << by_issuer;
  const std::string by_claim = voter_key(pepper, {"", "alice"}).hex();
  EXPECT_NE(text.str().find("\nvoter key  " + by_claim + "   (unique_by claim)\n"), std::string::npos) << by_claim;
}

TEST(VoterKeys, EveryPartCounts) {
  const std::string pepper = example_pepper();
  const VoterKey key = voter_key(pepper, {"issuer", "claim"});
  EXPECT_EQ(voter_key(pepper, {"issuer", "claim"}), key);
  EXPECT_NE(voter_key(std::string(32, 'p'), {"issuer", "claim"}), key);
  EXPECT_NE(voter_key(pepper, {"issue", "rclaim"}), key);
  EXPECT_NE(voter_key(pepper, {"issuer", "Claim"}), key);
  EXPECT_NE(pepper_commitment("a", pepper), pepper_commitment("b", pepper));
}

class EligibilityTest : public testing::Test {
 protected:
  tl::expected<VoterIdentity, Ineligibility> decide(const json& claims) const {
    return identity_in(rules_, {.verdict = token::IdTokenVerdict::valid, .issuer = &issuer_, .claims = claims});
  }

  token::Issuer issuer_{"https://a.invalid", "client", token::IssuerKind::oidc, {}};
  election::Eligibility rules_;
};

TEST_F(EligibilityTest, ByDefaultAPersonIsASubjectOfAnIssuer) {
  const auto identity = decide({{"sub", "Alice"}});
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->issuer, "https://a.invalid");
  EXPECT_EQ(identity->claim, "Alice");
}

TEST_F(EligibilityTest, APhoneNumberIsOneNumberHoweverItIsWritten) {
  rules_.claim = "phone_number";
  const auto claim_of = [&](const char* text) {
    const auto identity = decide({{"sub", "x"}, {"phone_number", text}, {"phone_number_verified", true}});
    return identity ? identity->claim : std::string(ineligibility_name(identity.error()));
  };
  for (const char* const same : {"+14255551212", "+1 (425) 555-1212", "+1.425.555.1212", "+1 425 555 1212 "}) {
    EXPECT_EQ(claim_of(same), "+14255551212") << same;
  }
  for (const char* const none : {"4255551212", "001 425 555 1212", "+1 425 555 1212;ext=5", "+44 (0)20 7946 0000", "+", "+123456",
                                 "+1234567890123456", "+0425551212", "+1 425 555 121a", "tel:+14255551212"}) {
    EXPECT_EQ(claim_of(none), "claim_missing") << none;
  }
}

TEST_F(EligibilityTest, AClaimMayHaveANamespaceInItsName) {
  rules_.claim = "https://club.example/member-number";
  const auto identity = decide({{"sub", "x"}, {"https://club.example/member-number", "M-17"}});
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->claim, "M-17");
}

TEST_F(EligibilityTest, UniqueByClaimMakesTheSameClaimOnePersonEverywhere) {
  rules_.unique_by = election::UniqueBy::claim;
  rules_.claim = "email";
  const json claims = {{"sub", "x"}, {"email", "Alice@Example.INVALID"}, {"email_verified", true}};
  const auto here = decide(claims);
  issuer_.issuer = "https://b.invalid";
  const auto there = decide(claims);
  ASSERT_TRUE(here && there);
  EXPECT_EQ(here->claim, "alice@example.invalid");
  EXPECT_EQ(voter_key(example_pepper(), *here), voter_key(example_pepper(), *there));
}

TEST_F(EligibilityTest, OnlyNamedIssuersAreAdmitted) {
  rules_.issuers = {"https://b.invalid"};
  EXPECT_EQ(decide({{"sub", "x"}}).error(), Ineligibility::issuer_not_allowed);
  rules_.issuers.emplace_back("https://a.invalid");
  EXPECT_TRUE(decide({{"sub", "x"}}));
}

TEST_F(EligibilityTest, TheClaimMustBeAShortTextThatIsThere) {
  rules_.claim = "employee";
  for (const json& claims :
       {json{{"sub", "x"}}, json{{"employee", ""}}, json{{"employee", 7}}, json{{"employee", nullptr}},
        json{{"employee", json::array({"x"})}}, json{{"employee", std::string(1025, 'x')}}}) {
    const auto decided = decide(claims);
    ASSERT_FALSE(decided) << claims;
    EXPECT_EQ(decided.error(), Ineligibility::claim_missing);
  }
  EXPECT_TRUE(decide({{"employee", std::string(1024, 'x')}}));
}

TEST_F(EligibilityTest, AddressesAndNumbersMustBeVerified) {
  for (const auto& [claim, text] : {std::pair{"email", "a@b.invalid"}, std::pair{"phone_number", "+14255551212"}}) {
    rules_.claim = claim;
    json claims = {{claim, text}};
    const std::string verified = std::string(claim) + "_verified";
    EXPECT_EQ(decide(claims).error(), Ineligibility::claim_not_verified);
    for (const json& value : {json(false), json("true"), json(1), json(nullptr)}) {
      claims[verified] = value;
      EXPECT_EQ(decide(claims).error(), Ineligibility::claim_not_verified) << value;
    }
    claims[verified] = true;
    EXPECT_TRUE(decide(claims));
  }
}

class MultiFactorTest : public EligibilityTest {
 protected:
  MultiFactorTest() { rules_.require_mfa = true; }
  bool admitted(const json& extra) const {
    json claims = {{"sub", "x"}};
    claims.update(extra);
    const auto decided = decide(claims);
    if (!decided) {
      EXPECT_EQ(decided.error(), Ineligibility::multi_factor_missing) << claims;
    }
    return decided.has_value();
  }
  bool admitted_with(const std::vector<std::string>& methods) const { return admitted({{"amr", methods}}); }
};

const std::vector<std::vector<std::string>> k_methods_by_kind = {
    {"pwd", "pin", "kba"}, {"otp", "sms", "tel", "hwk", "swk", "sc", "pop"}, {"fpt", "face", "iris", "retina", "vbm"}};

TEST_F(MultiFactorTest, WhatSaysNothingIsNotEnough) {
  EXPECT_FALSE(admitted(json::object()));
  for (const json& methods :
       {json::array(), json("mfa"), json(nullptr), json(7), json::array({7}), json::array({nullptr}),
        json::array({json::array({"mfa"})}), json{{"mfa", true}}, json::array({"MFA"}), json::array({"pwd otp"})}) {
    EXPECT_FALSE(admitted({{"amr", methods}})) << methods;
  }
}

TEST_F(MultiFactorTest, TheIssuersWordForSeveralFactorsIsEnough) {
  EXPECT_TRUE(admitted_with({"mfa"}));
  EXPECT_TRUE(admitted_with({"pwd", "otp", "mfa"}));
  EXPECT_TRUE(admitted({{"amr", json::array({7, "mfa"})}}));
}

TEST_F(MultiFactorTest, OneMethodIsOneFactorAndSoAreTwoOfAKind) {
  for (const auto& kind : k_methods_by_kind) {
    for (const std::string& method : kind) {
      for (const std::string& another : kind) {
        EXPECT_FALSE(admitted_with({method, another})) << method << " " << another;
      }
      EXPECT_FALSE(admitted_with({method})) << method;
      EXPECT_FALSE(admitted_with({method, "geo", "mca", "rba", "user", "wia", "unheard-of", ""})) << method;
    }
    EXPECT_FALSE(admitted_with(kind));
  }
}

TEST_F(MultiFactorTest, TwoMethodsOfDifferentKindsAreTwoFactors) {
  for (std::size_t i = 0; i < k_methods_by_kind.size(); ++i) {
    for (std::size_t j = 0; j < k_methods_by_kind.size(); ++j) {
      for (const std::string& one : k_methods_by_kind[i]) {
        for (const std::string& other : k_methods_by_kind[j]) {
          EXPECT_EQ(admitted_with({one, "geo", other}), i != j) << one << " " << other;
        }
      }
    }
  }
}

TEST_F(MultiFactorTest, AnAuthenticationClassAloneIsNotEnough) {
  for (const char* const level :
       {"phr", "phrh", "2", "urn:cognito:loa:3", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}) {
    EXPECT_FALSE(admitted({{"acr", level}})) << level;
    EXPECT_FALSE(admitted({{"acr", level}, {"amr", json::array({"hwk"})}})) << level;
  }
}

TEST_F(MultiFactorTest, AnAuthenticationClassThatTheConfigurationNamesIsEnough) {
  issuer_.mfa_acr_values = {"urn:example:mfa", "urn:cognito:loa:3"};
  EXPECT_TRUE(admitted({{"acr", "urn:cognito:loa:3"}}));
  for (const json& acr : {json("urn:cognito:loa:2"), json("URN:EXAMPLE:MFA"), json(nullptr), json::array({"urn:example:mfa"})}) {
    EXPECT_FALSE(admitted({{"acr", acr}})) << acr;
  }
}

TEST_F(EligibilityTest, TrueInWordsIsTrueOnlyWhereTheIssuerIsKnownForIt) {
  rules_.claim = "email";
  const json claims = {{"sub", "x"}, {"email", "A@b.invalid"}, {"email_verified", "true"}};
  EXPECT_EQ(decide(claims).error(), Ineligibility::claim_not_verified);
  issuer_.verified_may_be_text = true;
  EXPECT_EQ(decide(claims)->claim, "a@b.invalid");
  EXPECT_FALSE(decide({{"sub", "x"}, {"email", "A@b.invalid"}, {"email_verified", "false"}}));
}

TEST(PlainText, IsWellFormedUtf8WithoutControlCharacters) {
  for (const char* good : {"", "a b", "Zoë", "\xE2\x82\xAC", "\xF0\x9F\x97\xB3", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_plain_text(good)) << good;
  }
  for (const char* bad : {"a\nb", "\x7f", "\xC2\x85", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "a\xC3"}) {
    EXPECT_FALSE(is_plain_text(bad)) << bad;
  }
  EXPECT_FALSE(is_plain_text(std::string_view("\0", 1)));
}

TEST(DevelopmentIssuerTest, ItsTokensAreVerifiedLikeEverybodysAndSayThatTheyAreItsOwn) {
  keys::KeyFilesInMemory files;
  keys::KeyStore store(files, std::string(32, 'm'), system_random());
  const DevelopmentIssuer first = DevelopmentIssuer::from(store).value();
  const DevelopmentIssuer again = DevelopmentIssuer::from(store).value();
  const token::IdTokenVerifier verifier({again.issuer()});
  for (const std::string& name : {std::string("voter 1"), std::string("\"\\Zoë"), std::string(128, 'x')}) {
    const auto verified = verifier.verify(first.sign_in(name, k_now).value(), k_now);
    ASSERT_EQ(verified.verdict, token::IdTokenVerdict::valid);
    EXPECT_EQ(verified.claims["sub"], name);
    EXPECT_EQ(verified.issuer->kind, token::IssuerKind::development);
  }
  const std::string compact = first.sign_in("v", k_now).value();
  EXPECT_EQ(verifier.verify(compact, k_now + std::chrono::minutes(59)).verdict, token::IdTokenVerdict::valid);
  EXPECT_EQ(verifier.verify(compact, k_now + std::chrono::minutes(61)).verdict, token::IdTokenVerdict::expired);
  for (const std::string& bad : {std::string(), std::string(129, 'x'), std::string("a\nb"), std::string("\xff")}) {
    EXPECT_FALSE(first.sign_in(bad, k_now)) << bad;
  }
}

}  // namespace
}  // namespace ostraka::identity
