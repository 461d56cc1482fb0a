#include "token/ballot_token.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "crypto/base64url.h"
#include "crypto/mac.h"
#include "token/ballot_claims.h"

namespace ostraka::token {
namespace {

const WallTime k_now = from_rfc3339("2026-01-01T00:00:00Z").value();

TokenKey key(const std::string& id, char first = '\0') {
  TokenKey made{id, std::string(32, '\0')};
  for (std::size_t i = 0; i < 32; ++i) {
    made.secret[i] = static_cast<char>(first + static_cast<char>(i));
  }
  return made;
}

BallotToken token() {
  return {VoterKey::from_hex("000102030405060708090a0b0c0d0e0f").value(),
          "best-song",
          3,
          false,
          k_now,
          k_now + std::chrono::minutes(5)};
}

// A token of any header and claims under the right key: what only a holder of the key could make.
std::string forge(const std::string& header, const std::string& claims, const TokenKey& with = key("k1")) {
  const std::string front = crypto::base64url_encode(header) + "." + crypto::base64url_encode(claims);
  return front + "." + crypto::base64url_encode(crypto::HmacSha256(with.secret).mac(front));
}

TokenVerdict verdict(const std::string& compact, WallTime now = k_now) {
  return BallotTokenVerifier({key("k1")}).verify(compact, now).verdict;
}

TEST(BallotToken, WhatIsSignedVerifiesAndSaysTheSame) {
  BallotTokenSigner signer(key("k1"));
  BallotTokenVerifier verifier({key("k0", 'x'), key("k1")});
  for (const bool development : {false, true}) {
    BallotToken made = token();
    made.development = development;
    made.election = development ? "a" : std::string(63, 'z');
    const VerifiedBallotToken verified = verifier.verify(signer.sign(made), k_now);
    ASSERT_EQ(verified.verdict, TokenVerdict::valid);
    EXPECT_EQ(verified.token.voter, made.voter);
    EXPECT_EQ(verified.token.election, made.election);
    EXPECT_EQ(verified.token.revision, made.revision);
    EXPECT_EQ(verified.token.development, development);
    EXPECT_EQ(verified.token.issued_at, made.issued_at);
    EXPECT_EQ(verified.token.expires_at, made.expires_at);
  }
}

TEST(BallotToken, TheFormatPagesExampleIsWhatIsMadeAndRead) {
  std::ifstream page(OSTRAKA_SOURCE_DIR "/docs/formats/ballot-token.md");
  std::stringstream text;
  text << page.rdbuf();
  const std::string made = BallotTokenSigner(key("k1")).sign(token());
  EXPECT_NE(text.str().find("\n" + made + "\n"), std::string::npos) << made;
  std::string claims;
  append_ballot_claims(claims, token());
  EXPECT_NE(text.str().find("\n" + claims + "\n"), std::string::npos) << claims;
  EXPECT_EQ(verdict(made), TokenVerdict::valid);
}

TEST(BallotToken, TimesAreCheckedToTheSecond) {
  const std::string made = BallotTokenSigner(key("k1")).sign(token());
  EXPECT_EQ(verdict(made, k_now + std::chrono::minutes(5) - Milliseconds(1)), TokenVerdict::valid);
  EXPECT_EQ(verdict(made, k_now + std::chrono::minutes(5)), TokenVerdict::expired);
  EXPECT_EQ(verdict(made, k_now - std::chrono::seconds(60)), TokenVerdict::valid);
  EXPECT_EQ(verdict(made, k_now - std::chrono::seconds(60) - Milliseconds(1)), TokenVerdict::not_yet_valid);
}

TEST(BallotToken, EveryAlteredCharacterIsRefused) {
  const std::string made = BallotTokenSigner(key("k1")).sign(token());
  for (std::size_t i = 0; i < made.size(); ++i) {
    for (const char c : {'A', 'B', '.', '=', ' ', '-', '\0', '\xff'}) {
      if (made[i] != c) {
        std::string altered = made;
        altered[i] = c;
        EXPECT_NE(verdict(altered), TokenVerdict::valid) << i;
      }
    }
    EXPECT_NE(verdict(made.substr(0, i)), TokenVerdict::valid) << i;
  }
  for (const std::string& added : {made + "=", made + "A", made + ".", " " + made, made + "\n"}) {
    EXPECT_NE(verdict(added), TokenVerdict::valid);
  }
}

TEST(BallotToken, AnotherKeyIsForgedAndAnotherKeyIdIsUnknown) {
  EXPECT_EQ(verdict(BallotTokenSigner(key("k1", 'x')).sign(token())), TokenVerdict::forged);
  EXPECT_EQ(verdict(BallotTokenSigner(key("k2")).sign(token())), TokenVerdict::unknown_key);
  const std::string made = BallotTokenSigner(key("k1")).sign(token());
  EXPECT_EQ(BallotTokenVerifier({}).verify(made, k_now).verdict, TokenVerdict::unknown_key);
}

TEST(BallotToken, EveryOtherHeaderIsMalformedEvenUnderTheRightKey) {
  std::string claims;
  append_ballot_claims(claims, token());
  ASSERT_EQ(verdict(forge(ballot_header("k1"), claims)), TokenVerdict::valid);
  for (const char* header :
       {R"({"alg":"none","kid":"k1","typ":"ballot+jwt"})", R"({"alg":"HS256","kid":"k1","typ":"JWT"})",
        R"({"alg":"HS256","kid":"k1"})", R"({"kid":"k1","alg":"HS256","typ":"ballot+jwt"})",
        R"({"alg":"HS256", "kid":"k1","typ":"ballot+jwt"})", R"({"alg":"HS256","kid":"k1","typ":"ballot+jwt"} )",
        R"({"alg":"HS256","kid":"k1","crit":["b64"],"typ":"ballot+jwt"})",
        R"({"alg":"HS256","kid":"","typ":"ballot+jwt"})", R"({"alg":"HS256","kid":"k/1","typ":"ballot+jwt"})",
        R"({"alg":"HS256","kid":"k1","kid":"k1","typ":"ballot+jwt"})",
        R"({"alg":"HS256","kid":"123456789012345678901234567890123","typ":"ballot+jwt"})", "{}", ""}) {
    EXPECT_EQ(verdict(forge(header, claims)), TokenVerdict::malformed) << header;
  }
}

// Each line differs from the good claims in one thing.
TEST(BallotToken, EveryOtherSpellingOfTheClaimsIsMalformedEvenUnderTheRightKey) {
  std::string good;
  append_ballot_claims(good, token());
  struct Change {
    std::string from;
    std::string to;
  };
  for (const auto& [from, to] : std::vector<Change>{{"false", "False"},
                                                    {"false", "0"},
                                                    {"false", "\"false\""},
                                                    {"false", " false"},
                                                    {"false", "true "},
                                                    {"best-song", "Best-song"},
                                                    {"best-song", ""},
                                                    {"best-song", "best\\u002dsong"},
                                                    {"best-song", "best-song\",\"eid\":\"other"},
                                                    {"1767225900", "01767225900"},
                                                    {"1767225900", "1767225900.0"},
                                                    {"1767225900", "1.7672259e9"},
                                                    {"1767225900", "+1767225900"},
                                                    {"1767225900", "-1"},
                                                    {"1767225900", ""},
                                                    {"1767225900", "\"1767225900\""},
                                                    {"1767225900", "1767226201"},
                                                    {"1767225900", "1767225600"},
                                                    {"1767225900", "1767225599"},
                                                    {"1767225900", "9007199254740992"},
                                                    {"1767225900", "99999999999999999999"},
                                                    {"\"rev\":3", "\"rev\":03"},
                                                    {"\"rev\":3", "\"rev\":-3"},
                                                    {"\"rev\":3,", ""},
                                                    {"\"rev\":3", "\"rev\":18446744073709551619"},
                                                    {"0a0b", "0A0B"},
                                                    {"0a0b", "0a"},
                                                    {"0a0b", "0a0b00"},
                                                    {"0a0b", "0g0b"},
                                                    {"}", "} "},
                                                    {"}", ",\"x\":1}"},
                                                    {"}", ""},
                                                    {"{", " {"},
                                                    {"dev", "Dev"},
                                                    {"{\"dev\":false,", "{"}}) {
    std::string claims = good;
    ASSERT_NE(claims.find(from), std::string::npos) << from;
    claims.replace(claims.find(from), from.size(), to);
    EXPECT_EQ(verdict(forge(ballot_header("k1"), claims)), TokenVerdict::malformed) << claims;
  }
  EXPECT_EQ(verdict(forge(ballot_header("k1"), "")), TokenVerdict::malformed);
}

TEST(BallotToken, ALifetimeOfTenMinutesIsTheLongest) {
  BallotToken made = token();
  made.expires_at = made.issued_at + k_ballot_token_lifetime_max;
  EXPECT_EQ(verdict(BallotTokenSigner(key("k1")).sign(made)), TokenVerdict::valid);
  made.expires_at += std::chrono::seconds(1);
  std::string claims;
  append_ballot_claims(claims, made);
  EXPECT_EQ(verdict(forge(ballot_header("k1"), claims)), TokenVerdict::malformed);
}

TEST(BallotToken, AnOverlongTokenIsMalformedBeforeAnythingIsHashed) {
  EXPECT_EQ(verdict(std::string(k_ballot_token_bytes_max + 1, 'A')), TokenVerdict::malformed);
  EXPECT_EQ(verdict(""), TokenVerdict::malformed);
  EXPECT_EQ(verdict(".."), TokenVerdict::malformed);
}

TEST(BallotToken, APeekReadsWhomItIsAboutWithoutAKey) {
  std::string scratch;
  const std::string made = BallotTokenSigner(key("k1")).sign(token());
  const auto peeked = peek_ballot_token(made, scratch);
  ASSERT_TRUE(peeked);
  EXPECT_EQ(peeked->voter, token().voter);
  EXPECT_EQ(peeked->election, "best-song");
  for (const char* bad : {"", "a", "a.b", "a.b.c", "..", "a.e30.c"}) {
    EXPECT_FALSE(peek_ballot_token(bad, scratch)) << bad;
  }
}

}  // namespace
}  // namespace ostraka::token
