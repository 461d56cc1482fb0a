#include "token/jws.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/base64url.h"
#include "crypto/mac.h"
#include "crypto/wycheproof_for_test.h"
#include "token/strict_json.h"

namespace ostraka::token {
namespace {

using crypto::base64url_encode;
using crypto::PrivateKey;
using crypto::SignatureAlgorithm;

struct Signer {
  PrivateKey key;
  std::string id;
  VerificationKey verification_key() const { return {id, key.public_key(), key.algorithm()}; }
  std::string sign(const std::string& header, const std::string& payload) const {
    const std::string front = base64url_encode(header) + "." + base64url_encode(payload);
    return front + "." + base64url_encode(key.sign(front));
  }
};

Signer signer(const std::string& id = "k1", SignatureAlgorithm algorithm = SignatureAlgorithm::es256) {
  return {PrivateKey::generate(algorithm), id};
}

JwsVerdict jws_verdict(const std::string& compact, const std::vector<VerificationKey>& keys) {
  const auto jws = parse_compact_jws(compact);
  return jws ? verify_jws(*jws, keys) : JwsVerdict::malformed;
}

TEST(StrictJson, RefusesRepeatedMembersDepthAndWhatIsNotJson) {
  EXPECT_TRUE(parse_strict_json(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"));
  for (const char* bad : {R"({"a":1,"a":1})", R"({"x":{"a":1,"\u0061":2}})", R"([{"a":1,"b":2,"a":3}])", "", "{",
                          "{} {}", "{'a':1}", "[1,]", "NaN", "\"\xff\"", "\xEF\xBB\xBF{}", "[1e999]", "/**/{}"}) {
    EXPECT_FALSE(parse_strict_json(bad)) << bad;
  }
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_strict_json(nested(k_json_depth_max)));
  EXPECT_FALSE(parse_strict_json(nested(k_json_depth_max + 1)));
  EXPECT_FALSE(parse_strict_json(nested(8000)));
}

TEST(Jws, WhatTheKeySignedIsValid) {
  const Signer p256 = signer("a");
  const Signer edwards = signer("b", SignatureAlgorithm::eddsa);
  const std::vector<VerificationKey> keys = {p256.verification_key(), edwards.verification_key()};
  EXPECT_EQ(jws_verdict(p256.sign(R"({"alg":"ES256","kid":"a"})", "x"), keys), JwsVerdict::valid);
  EXPECT_EQ(jws_verdict(edwards.sign(R"({"kid":"b","typ":"JWT","alg":"EdDSA"})", "x"), keys), JwsVerdict::valid);
  EXPECT_EQ(jws_verdict(p256.sign(R"({"alg":"ES256"})", "x"), {p256.verification_key()}), JwsVerdict::valid);
}

TEST(Jws, TheKeyIsChosenByIdOnly) {
  const Signer one = signer("a");
  const std::vector<VerificationKey> two = {one.verification_key(), signer("b").verification_key()};
  EXPECT_EQ(jws_verdict(one.sign(R"({"alg":"ES256","kid":"c"})", "x"), two), JwsVerdict::unknown_key);
  EXPECT_EQ(jws_verdict(one.sign(R"({"alg":"ES256","kid":"b"})", "x"), two), JwsVerdict::forged);
  EXPECT_EQ(jws_verdict(one.sign(R"({"alg":"ES256"})", "x"), two), JwsVerdict::unknown_key);
  EXPECT_EQ(jws_verdict(one.sign(R"({"alg":"ES256","kid":"c"})", "x"), {one.verification_key()}), JwsVerdict::unknown_key);
  EXPECT_EQ(jws_verdict(one.sign(R"({"alg":"ES256","kid":"a"})", "x"), {}), JwsVerdict::unknown_key);
  const Signer nameless = signer("");
  EXPECT_EQ(jws_verdict(nameless.sign(R"({"alg":"ES256","kid":""})", "x"), {nameless.verification_key()}),
            JwsVerdict::unknown_key);
  EXPECT_EQ(jws_verdict(nameless.sign(R"({"alg":"ES256"})", "x"), {nameless.verification_key()}), JwsVerdict::valid);
}

TEST(Jws, TheAlgorithmMustBeTheKeysOwn) {
  const Signer one = signer("a");
  const std::vector<VerificationKey> keys = {one.verification_key()};
  for (const char* algorithm : {"none", "None", "NONE", "nOnE", "", "HS256", "ES384", "es256", "ES256 ", "RS256"}) {
    const std::string header = R"({"alg":")" + std::string(algorithm) + R"(","kid":"a"})";
    EXPECT_EQ(jws_verdict(one.sign(header, "x"), keys), JwsVerdict::wrong_algorithm) << algorithm;
    const std::string bare = base64url_encode(header) + "." + base64url_encode("x") + ".";
    EXPECT_EQ(jws_verdict(bare, keys), JwsVerdict::wrong_algorithm) << algorithm;
  }
}

TEST(Jws, HeadersThatBringKeysOrExtensionsAreRefused) {
  const Signer one = signer("a");
  const std::vector<VerificationKey> keys = {one.verification_key()};
  for (const char* header :
       {R"({"alg":"ES256","kid":"a","jwk":{}})", R"({"alg":"ES256","kid":"a","jku":"https://x.invalid"})",
        R"({"alg":"ES256","kid":"a","x5u":"https://x.invalid"})", R"({"alg":"ES256","kid":"a","x5c":[]})",
        R"({"alg":"ES256","kid":"a","crit":[]})", R"({"alg":"ES256","kid":"a","b64":false})",
        R"({"alg":"ES256","kid":"a","typ":"ballot+jwt"})",
        R"({"alg":"ES256","kid":"a","typ":"AT+JWT"})",
        R"({"alg":"ES256","kid":"a","typ":1})", R"({"alg":"ES256","kid":1})", R"({"alg":["ES256"],"kid":"a"})",
        R"({"kid":"a"})", R"({"alg":"none","alg":"ES256","kid":"a"})", R"(["ES256"])", "", "null"}) {
    EXPECT_EQ(jws_verdict(one.sign(header, "x"), keys), JwsVerdict::malformed) << header;
  }
}

TEST(Jws, OnlyThreeCanonicalSegmentsOfBoundedSizeAreAToken) {
  const Signer one = signer("a");
  const std::vector<VerificationKey> keys = {one.verification_key()};
  const std::string good = one.sign(R"({"alg":"ES256","kid":"a"})", "x");
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), good + ".", "." + good, good + "=", good + " ", " " + good,
        good + "\n", good.substr(0, good.rfind('.')), "Bearer " + good, std::string(k_id_token_bytes_max + 1, 'A')}) {
    EXPECT_EQ(jws_verdict(bad, keys), JwsVerdict::malformed) << bad.substr(0, 80);
  }
  std::string altered = good;
  altered[good.find('.') + 1] = 'Z';
  EXPECT_NE(jws_verdict(altered, keys), JwsVerdict::valid);
}

TEST(Jwk, AKeySetKeepsWhatVerifiesAndNamesTheRest) {
  const auto set = read_jwks(R"({"keys":[
      {"kty":"EC","crv":"P-256","kid":"a","use":"sig","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",
       "y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"},
      {"kty":"EC","crv":"P-256","kid":"b","use":"enc","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",
       "y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"},
      {"kty":"OKP","crv":"X25519","kid":"c","x":"AAAA"}, {"kty":"new","kid":"d"},
      {"kty":"RSA","kid":"e","n":"kqGboBfAWttWPCA","e":"AQAB"}]})");
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->keys.size(), 1U);
  EXPECT_EQ(set->keys[0].id, "a");
  EXPECT_EQ(set->keys[0].algorithm, SignatureAlgorithm::es256);
  EXPECT_EQ(set->ignored.size(), 4U);
}

TEST(Jwk, KeySetsThatAreDangerousOrUselessAreRefused) {
  const std::string point = R"("kty":"EC","crv":"P-256","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",)"
                            R"("y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw")";
  EXPECT_TRUE(read_jwks("{\"keys\":[{" + point + "}]}"));
  for (const std::string& bad :
       {std::string("{}"), std::string("[]"), std::string("{\"keys\":[]}"), std::string("{\"keys\":{}}"),
        "{\"keys\":[{" + point + "},{" + point + "}]}", "{\"keys\":[{" + point + R"(,"kid":""}]})",
        "{\"keys\":[{" + point + "},{\"kid\":\"s\",\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        "{\"keys\":[{" + point + ",\"d\":\"AAAA\"}]}", "{\"keys\":[{" + point + ",\"alg\":\"RS256\"}]}",
        "{\"keys\":[{" + point + ",\"alg\":\"HS256\"}]}", "{\"keys\":[{" + point + ",\"kty\":\"EC\"}]}",
        "{\"keys\":[" + std::string(k_jwks_bytes_max, ' ') + "]}"}) {
    EXPECT_FALSE(read_jwks(bad)) << bad.substr(0, 200);
  }
}

// Vectors that Wycheproof calls valid and that are refused here on purpose. Nothing else differs.
const std::set<int> k_refused_on_purpose = {
    346, 350,  // the token says PS384, its key says PS256: a key has one algorithm
    347, 351,  // the key says ES521, which no standard knows
};
// The same among those with symmetric keys, which no ID token may have: there the parsing alone is compared.
const std::set<int> k_refused_by_parsing = {
    372, 373,  // a character outside the alphabet inside a segment
};
// Called invalid (for padding that is not in them), but the very same text as vector 357, which is called valid.
const std::set<int> k_same_text_as_a_valid_one = {367, 370};

bool mac_is_right(const std::string& compact, const nlohmann::json& key) {
  const auto jws = parse_compact_jws(compact);
  if (!jws || jws->algorithm != "HS256" || jws->key_id != key["kid"]) {
    return false;
  }
  crypto::HmacSha256 keyed(crypto::base64url_decode(key["k"].get<std::string>()).value());
  return crypto::equal_constant_time(keyed.mac(jws->signed_part), jws->signature);
}

// Found by jwk_fuzz: alone it was taken.
TEST(Jwk, OneThatHoldsASecretIsRefusedAloneAndInASet) {
  const std::string okp = R"("kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
  EXPECT_TRUE(read_jwk("{" + okp + "}"));
  for (const char* member : {"d", "k"}) {
    const std::string secret = fmt::format("{{{},\"{}\":\"AAAA\"}}", okp, member);
    EXPECT_EQ(read_jwk(secret).error().kind, ErrorKind::invalid) << member;
    EXPECT_EQ(read_jwks("{\"keys\":[" + secret + "]}").error().kind, ErrorKind::invalid) << member;
  }
}

TEST(Jws, AgreesWithEveryWycheproofVectorButThoseNamed) {
  const char* const file = "json_web_signature_test.json";
  const auto vectors = crypto::read_wycheproof(file);
  if (!vectors) {
    GTEST_SKIP() << "no test vectors at " << crypto::wycheproof_path(file);
  }
  int seen = 0;
  for (const auto& group : (*vectors)["testGroups"]) {
    const bool symmetric = !group.contains("public");
    const nlohmann::json& shown = symmetric ? group["private"] : group["public"];
    const auto key = read_jwk(shown.dump());
    EXPECT_FALSE(symmetric && key) << "a symmetric key must never verify an ID token";
    for (const auto& test : group["tests"]) {
      const int id = test["tcId"].get<int>();
      const std::string compact = test["jws"].get<std::string>();
      const bool valid = test["result"] == "valid";
      if (symmetric) {
        const bool good = (valid && !k_refused_by_parsing.contains(id)) || k_same_text_as_a_valid_one.contains(id);
        EXPECT_EQ(mac_is_right(compact, shown), good) << "tcId " << id;
      } else {
        const bool accepted = key && jws_verdict(compact, {*key}) == JwsVerdict::valid;
        EXPECT_EQ(accepted, valid && !k_refused_on_purpose.contains(id)) << "tcId " << id << ": " << test["comment"];
      }
      ++seen;
    }
  }
  EXPECT_EQ(seen, (*vectors)["numberOfTests"].get<int>());
}

}  // namespace
}  // namespace ostraka::token
