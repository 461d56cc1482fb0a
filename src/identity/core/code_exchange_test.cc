#include "identity/core/code_exchange.h"

#include <gtest/gtest.h>

#include "crypto/base64url.h"
#include "identity/core/redirect_path.h"

namespace ostraka::identity {
namespace {

using crypto::base64url_encode;
using nlohmann::json;

const WallTime k_at = from_rfc3339("2026-01-01T00:00:00Z").value();
constexpr std::int64_t k_seconds = 1767225600;
const std::string k_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636, appendix B

class CodeExchangeTest : public testing::Test {
 protected:
  std::string signed_part(const json& claims) const {
    return base64url_encode(R"({"alg":"ES256","kid":")" + key_id_ + R"("})") + "." + base64url_encode(claims.dump());
  }
  std::string id_token(const json& claims) const {
    const std::string front = signed_part(claims);
    return front + "." + base64url_encode(key_.sign(front));
  }
  json claims() const {
    return {{"iss", "https://id.example"}, {"aud", "client"},          {"sub", "someone"},
            {"iat", k_seconds},            {"exp", k_seconds + 3600},  {"nonce", "0123456789abcdef"}};
  }
  ExchangeDecision decide(unsigned status, const json& body) const {
    const token::IdTokenVerifier verifier(
        {{"https://id.example", "client", token::IssuerKind::oidc, {{"k", key_.public_key(), key_.algorithm()}}}});
    return decide_exchange({status, body.dump()}, exchange_, verifier, k_at);
  }
  ExchangeDecision decide_token(const json& claims) const {
    return decide(200, {{"token_type", "Bearer"}, {"access_token", "a"}, {"id_token", id_token(claims)}});
  }

  crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::SignatureAlgorithm::es256);
  std::string key_id_ = "k";
  const std::string redirect_uri_ = "https://vote.example" + redirect_path("https://id.example");
  CodeExchange exchange_{"https://id.example", "the code", k_verifier, redirect_uri_, "0123456789abcdef"};
};

TEST_F(CodeExchangeTest, TheRequestSaysWhoWeAreInTheWayThatWasAgreed) {
  Provider provider;
  provider.issuer.client_id = "cli ent";
  provider.client_secret = "s:e/c";
  const std::string common =
      "grant_type=authorization_code&code=the%20code&redirect_uri=https%3A%2F%2Fvote.example%2Fsign-in%2F" +
      redirect_uri_.substr(redirect_uri_.rfind('/') + 1) + "&code_verifier=" + k_verifier;
  const TokenRequest post = token_request(exchange_, provider, {.takes_basic = false});
  EXPECT_EQ(post.body, common + "&client_id=cli%20ent&client_secret=s%3Ae%2Fc");
  const TokenRequest basic = token_request(exchange_, provider, {.takes_basic = true});
  EXPECT_EQ(basic.body, common);
  EXPECT_EQ(basic.user + "|" + basic.password, "cli%20ent|s%3Ae%2Fc");
  provider.client_secret.clear();
  for (const bool takes_basic : {true, false}) {
    const TokenRequest open = token_request(exchange_, provider, {.takes_basic = takes_basic});
    EXPECT_EQ(open.body, common + "&client_id=cli%20ent");
    EXPECT_EQ(open.user, "");
  }
}

TEST_F(CodeExchangeTest, AGoodAnswerSignsIn) {
  const ExchangeDecision decision = decide_token(claims());
  ASSERT_EQ(decision.verdict, ExchangeVerdict::signed_in) << decision.reason;
  EXPECT_EQ(decision.id_token.substr(0, decision.id_token.rfind('.')), signed_part(claims()));
  EXPECT_EQ(decision.expires_at, k_at + std::chrono::hours(1));
  EXPECT_EQ(decision.unknown_key, std::nullopt);
}

TEST_F(CodeExchangeTest, TheTokenMustBeForThisSignIn) {
  for (const json& nonce : {json("0123456789abcdeF"), json(""), json(nullptr), json(7)}) {
    json changed = claims();
    changed["nonce"] = nonce;
    EXPECT_EQ(decide_token(changed).reason, "wrong_nonce") << nonce;
  }
  json changed = claims();
  changed.erase("nonce");
  EXPECT_EQ(decide_token(changed).verdict, ExchangeVerdict::invalid);
  changed = claims();
  changed["aud"] = "another";
  EXPECT_EQ(decide_token(changed).reason, "wrong_audience");
  changed = claims();
  changed["iss"] = "https://other.example";
  EXPECT_EQ(decide_token(changed).reason, "unknown_issuer");
  changed = claims();
  changed["exp"] = k_seconds - 61;
  EXPECT_EQ(decide_token(changed).reason, "expired");
}

TEST_F(CodeExchangeTest, AKeyThatIsNewIsFetchedAndHoldsNobodyUp) {
  key_id_ = "rotated";
  const ExchangeDecision decision = decide_token(claims());
  EXPECT_EQ(decision.verdict, ExchangeVerdict::signed_in);
  EXPECT_EQ(decision.unknown_key, "rotated");
}

TEST_F(CodeExchangeTest, ARefusalIsToldApartFromWhatAnOperatorHasToMend) {
  EXPECT_EQ(decide(400, {{"error", "invalid_grant"}}).verdict, ExchangeVerdict::refused);
  EXPECT_EQ(decide(401, {{"error", "invalid_client"}}).verdict, ExchangeVerdict::misconfigured);
  EXPECT_EQ(decide(400, {{"error", "unauthorized_client"}}).verdict, ExchangeVerdict::misconfigured);
  EXPECT_EQ(decide(400, {{"error", "redirect_uri_mismatch"}}).verdict, ExchangeVerdict::refused);
  EXPECT_EQ(decide(302, nullptr).verdict, ExchangeVerdict::refused);
  EXPECT_EQ(decide(503, "gone").verdict, ExchangeVerdict::unavailable);
  EXPECT_EQ(decide(429, {{"error", "invalid_grant"}}).verdict, ExchangeVerdict::unavailable);
  EXPECT_EQ(decide(200, {{"access_token", "a"}}).verdict, ExchangeVerdict::misconfigured);
  EXPECT_EQ(decide(200, {{"id_token", std::string(token::k_id_token_bytes_max + 1, 'x')}}).reason, "id_token_too_large");
  EXPECT_EQ(decide(200, json::array()).verdict, ExchangeVerdict::misconfigured);
}

TEST_F(CodeExchangeTest, WhatAPageSendsIsBounded) {
  EXPECT_TRUE(is_well_formed(exchange_));
  for (const std::string_view bad : {std::string_view(), std::string_view("short"), std::string_view(k_verifier).substr(1)}) {
    CodeExchange changed = exchange_;
    changed.code_verifier = bad;
    EXPECT_FALSE(is_well_formed(changed)) << bad;
  }
  CodeExchange changed = exchange_;
  changed.nonce = "short";
  EXPECT_FALSE(is_well_formed(changed));
  const std::string long_code(4097, 'c');
  changed = exchange_;
  changed.code = long_code;
  EXPECT_FALSE(is_well_formed(changed));
  const std::string odd_verifier = k_verifier.substr(1) + " ";
  changed = exchange_;
  changed.code_verifier = odd_verifier;
  EXPECT_FALSE(is_well_formed(changed));
}

// The mix-up of providers (RFC 9700, section 4.4): its code would be shown to the other one.
TEST_F(CodeExchangeTest, ACodeThatCameToAnotherIssuersAddressIsNotExchanged) {
  const std::string of_another = "https://vote.example" + redirect_path("https://other.example");
  const std::string too_long = "https://" + std::string(2048, 'v') + redirect_path("https://id.example");
  for (const std::string& bad : {of_another, std::string("https://vote.example/sign-in"), std::string(), too_long}) {
    CodeExchange changed = exchange_;
    changed.redirect_uri = bad;
    EXPECT_FALSE(is_well_formed(changed)) << bad;
  }
}

}  // namespace
}  // namespace ostraka::identity
