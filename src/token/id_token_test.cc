#include "token/id_token.h"

#include <gtest/gtest.h>

#include "crypto/base64url.h"

namespace ostraka::token {
namespace {

using crypto::base64url_encode;
using crypto::PrivateKey;
using crypto::SignatureAlgorithm;
using nlohmann::json;

class IdToken : public testing::Test {
 protected:
  static constexpr std::int64_t k_now_seconds = 1767225600;  // 2026-01-01
  static constexpr WallTime k_now{Milliseconds(1000 * k_now_seconds)};

  IdToken() : ours_(PrivateKey::generate(SignatureAlgorithm::es256)), theirs_(ours_) {
    theirs_ = PrivateKey::generate(SignatureAlgorithm::eddsa);
  }

  IdTokenVerifier verifier() const {
    return IdTokenVerifier({{"https://a.invalid", "client-a", IssuerKind::oidc, {key("k", ours_)}},
                            {"https://b.invalid", "client-b", IssuerKind::development, {key("k", theirs_)}}});
  }
  static VerificationKey key(const std::string& id, const PrivateKey& of) {
    return {id, of.public_key(), of.algorithm()};
  }
  static json claims() {
    return {{"iss", "https://a.invalid"}, {"aud", "client-a"},           {"sub", "someone"},
            {"iat", k_now_seconds},       {"exp", k_now_seconds + 3600}, {"email", "a@b.invalid"}};
  }
  std::string sign_text(const std::string& payload) const {
    const std::string front = base64url_encode(R"({"alg":"ES256","kid":"k"})") + "." + base64url_encode(payload);
    return front + "." + base64url_encode(ours_.sign(front));
  }
  IdTokenVerdict verdict(const json& payload, WallTime now = k_now) const {
    return verifier().verify(sign_text(payload.dump()), now).verdict;
  }
  IdTokenVerdict verdict_with(const char* name, const json& value) const {
    json changed = claims();
    changed[name] = value;
    return verdict(changed);
  }
  IdTokenVerdict verdict_without(const char* name) const {
    json changed = claims();
    changed.erase(name);
    return verdict(changed);
  }

  PrivateKey ours_;
  PrivateKey theirs_;
};

TEST_F(IdToken, AGoodOneGivesItsIssuerAndClaims) {
  const IdTokenVerifier verifier = this->verifier();
  const VerifiedIdToken verified = verifier.verify(sign_text(claims().dump()), k_now);
  ASSERT_EQ(verified.verdict, IdTokenVerdict::valid);
  EXPECT_EQ(verified.issuer->issuer, "https://a.invalid");
  EXPECT_EQ(verified.claims, claims());
}

TEST_F(IdToken, TheIssuerIsComparedExactlyAndItsOwnKeysDecide) {
  for (const char* name : {"https://a.invalid/", "HTTPS://a.invalid", "https://c.invalid", ""}) {
    EXPECT_EQ(verdict_with("iss", name), IdTokenVerdict::unknown_issuer) << name;
  }
  EXPECT_EQ(verdict_with("iss", 1), IdTokenVerdict::unknown_issuer);
  EXPECT_EQ(verdict_without("iss"), IdTokenVerdict::unknown_issuer);
  // Signed by A's key under B's name: B's key of the same id is of another algorithm.
  EXPECT_EQ(verdict_with("iss", "https://b.invalid"), IdTokenVerdict::wrong_algorithm);
}

TEST_F(IdToken, WeMustBeTheAudience) {
  EXPECT_EQ(verdict_with("aud", json::array({"client-a"})), IdTokenVerdict::valid);
  for (const json& bad :
       {json("client-b"), json("client-a "), json::array(), json::array({"client-b"}), json::array({"client-a", 1}),
        json(1), json(nullptr), json::array({"client-a", "client-b"})}) {
    EXPECT_EQ(verdict_with("aud", bad), IdTokenVerdict::wrong_audience) << bad;
  }
  EXPECT_EQ(verdict_without("aud"), IdTokenVerdict::wrong_audience);
}

TEST_F(IdToken, AmongSeveralAudiencesWeMustBeTheAuthorisedParty) {
  json several = claims();
  several["aud"] = json::array({"client-b", "client-a"});
  several["azp"] = "client-a";
  EXPECT_EQ(verdict(several), IdTokenVerdict::valid);
  several["azp"] = "client-b";
  EXPECT_EQ(verdict(several), IdTokenVerdict::wrong_audience);
  EXPECT_EQ(verdict_with("azp", "client-b"), IdTokenVerdict::wrong_audience);
  EXPECT_EQ(verdict_with("azp", 1), IdTokenVerdict::wrong_audience);
}

TEST_F(IdToken, TimesHaveAMinuteOfLeeway) {
  EXPECT_EQ(verdict(claims(), k_now + std::chrono::seconds(3659)), IdTokenVerdict::valid);
  EXPECT_EQ(verdict(claims(), k_now + std::chrono::seconds(3660)), IdTokenVerdict::expired);
  EXPECT_EQ(verdict_with("iat", k_now_seconds + 60), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_with("iat", k_now_seconds + 61), IdTokenVerdict::not_yet_valid);
  EXPECT_EQ(verdict_with("nbf", k_now_seconds + 60), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_with("nbf", k_now_seconds + 61), IdTokenVerdict::not_yet_valid);
  EXPECT_EQ(verdict_with("exp", static_cast<double>(k_now_seconds) + 0.5), IdTokenVerdict::valid);
}

TEST_F(IdToken, TimesMustBeNumbersThatMeanSomething) {
  for (const char* name : {"exp", "iat", "nbf"}) {
    for (const json& bad : {json("1767225600"), json(-1), json(1e18), json(1e300), json(nullptr), json(true)}) {
      EXPECT_EQ(verdict_with(name, bad), IdTokenVerdict::invalid_claims) << name << " " << bad;
    }
  }
  EXPECT_EQ(verdict_without("exp"), IdTokenVerdict::invalid_claims);
  EXPECT_EQ(verdict_without("iat"), IdTokenVerdict::invalid_claims);
}

TEST_F(IdToken, TheSubjectIsAShortText) {
  EXPECT_EQ(verdict_with("sub", std::string(255, 'x')), IdTokenVerdict::valid);
  for (const json& bad : {json(std::string(256, 'x')), json(""), json(7), json(nullptr), json::array({"someone"})}) {
    EXPECT_EQ(verdict_with("sub", bad), IdTokenVerdict::invalid_claims) << bad;
  }
  EXPECT_EQ(verdict_without("sub"), IdTokenVerdict::invalid_claims);
}

TEST_F(IdToken, ClaimsThatMeanTwoThingsAreMalformed) {
  const std::string good = claims().dump();
  const std::string twice = R"({"sub":"other",)" + good.substr(1);
  std::string deep = good;
  deep.pop_back();
  deep += ",\"x\":" + std::string(20, '[') + std::string(20, ']') + "}";
  for (const std::string& bad : {twice, deep, good + good, std::string("[]"), std::string("null"), std::string()}) {
    EXPECT_EQ(verifier().verify(sign_text(bad), k_now).verdict, IdTokenVerdict::malformed) << bad;
  }
}

TEST_F(IdToken, AnAccessTokenIsNoWordOfWhoSignedIn) {
  // Amazon Cognito's has no audience, but says what it is; that is said first, for it is what helps.
  json cognito = claims();
  cognito.erase("aud");
  cognito["client_id"] = "client-a";
  cognito["token_use"] = "access";
  EXPECT_EQ(verdict(cognito), IdTokenVerdict::access_token);
  EXPECT_EQ(verdict_with("token_use", "id"), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_with("typ", "Bearer"), IdTokenVerdict::access_token);
  EXPECT_EQ(verdict_with("typ", "ID"), IdTokenVerdict::valid);
  const std::string front = base64url_encode(R"({"alg":"ES256","kid":"k","typ":"at+jwt"})") + "." +
                            base64url_encode(claims().dump());
  EXPECT_EQ(verifier().verify(front + "." + base64url_encode(ours_.sign(front)), k_now).verdict,
            IdTokenVerdict::access_token);
  EXPECT_EQ(verifier().verify(front + "." + base64url_encode(theirs_.sign(front)), k_now).verdict,
            IdTokenVerdict::forged);
}

TEST_F(IdToken, WhereItIsAskedThePersonMustHaveSignedInLately) {
  Issuer asking{"https://a.invalid", "client-a", IssuerKind::oidc, {key("k", ours_)}};
  asking.max_age = std::chrono::seconds(300);
  const IdTokenVerifier strict({asking});
  const auto verdict_at = [&](const json& auth_time) {
    json changed = claims();
    changed["auth_time"] = auth_time;
    // Long after the token was made: only its own time counts.
    return strict.verify(sign_text(changed.dump()), k_now + std::chrono::seconds(3000)).verdict;
  };
  EXPECT_EQ(verdict_at(k_now_seconds), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_at(k_now_seconds - 360), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_at(k_now_seconds - 361), IdTokenVerdict::too_old);
  EXPECT_EQ(verdict_at("now"), IdTokenVerdict::too_old);
  EXPECT_EQ(strict.verify(sign_text(claims().dump()), k_now).verdict, IdTokenVerdict::too_old) << "it does not say";
  EXPECT_EQ(verdict_with("auth_time", 0), IdTokenVerdict::valid) << "nobody asked";
}

TEST_F(IdToken, AnAliasIsTheSameIssuer) {
  Issuer issuer{"https://a.invalid", "client-a", IssuerKind::oidc, {key("k", ours_)}};
  issuer.aliases = {"a.invalid"};
  const IdTokenVerifier verifier({issuer});
  json changed = claims();
  changed["iss"] = "a.invalid";
  const VerifiedIdToken verified = verifier.verify(sign_text(changed.dump()), k_now);
  ASSERT_EQ(verified.verdict, IdTokenVerdict::valid);
  EXPECT_EQ(verified.issuer->issuer, "https://a.invalid") << "one person, whichever way it is spelled";
}

TEST_F(IdToken, AnUnknownKeyIsNamedSoThatItCanBeFetched) {
  const IdTokenVerifier verifier({{"https://a.invalid", "client-a", IssuerKind::oidc, {key("old", ours_)}}});
  const VerifiedIdToken verified = verifier.verify(sign_text(claims().dump()), k_now);
  EXPECT_EQ(verified.verdict, IdTokenVerdict::unknown_key);
  ASSERT_NE(verified.issuer, nullptr);
  EXPECT_EQ(verified.issuer->issuer + "|" + verified.key_id, "https://a.invalid|k");
  EXPECT_TRUE(verified.claims.is_null()) << "nothing of it is to be believed";
}

TEST_F(IdToken, FromTheTokenEndpointItselfAnUnknownKeyIsTakenButNothingElse) {
  const IdTokenVerifier verifier({{"https://a.invalid", "client-a", IssuerKind::oidc, {key("old", ours_)}},
                                  {"https://b.invalid", "client-a", IssuerKind::oidc, {key("k", ours_)}}});
  const auto verdict_from = [&](const char* issuer, const json& payload) {
    return verifier.verify_from(issuer, sign_text(payload.dump()), k_now).verdict;
  };
  EXPECT_EQ(verdict_from("https://a.invalid", claims()), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_from("https://b.invalid", claims()), IdTokenVerdict::unknown_issuer) << "another one's token";
  json changed = claims();
  changed["aud"] = "client-b";
  EXPECT_EQ(verdict_from("https://a.invalid", changed), IdTokenVerdict::wrong_audience);
  changed = claims();
  changed["iss"] = "https://b.invalid";
  EXPECT_EQ(verdict_from("https://b.invalid", changed), IdTokenVerdict::valid);
  EXPECT_EQ(verdict_from("https://a.invalid", changed), IdTokenVerdict::unknown_issuer);
}

TEST_F(IdToken, ASignatureOfSomebodyElseIsForged) {
  const PrivateKey stranger = PrivateKey::generate(SignatureAlgorithm::es256);
  const std::string good = sign_text(claims().dump());
  const std::string front = good.substr(0, good.rfind('.'));
  EXPECT_EQ(verifier().verify(front + "." + base64url_encode(stranger.sign(front)), k_now).verdict,
            IdTokenVerdict::forged);
  EXPECT_EQ(verifier().verify(front + ".", k_now).verdict, IdTokenVerdict::forged);
  const IdTokenVerifier rotated(
      {{"https://a.invalid", "client-a", IssuerKind::oidc, {key("new", stranger), key("newer", theirs_)}}});
  EXPECT_EQ(rotated.verify(good, k_now).verdict, IdTokenVerdict::unknown_key);
}

}  // namespace
}  // namespace ostraka::token
