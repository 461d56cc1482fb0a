#include "crypto/signature.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/bytes.h"
#include "crypto/base64url.h"
#include "crypto/wycheproof_for_test.h"

namespace ostraka::crypto {
namespace {

std::string from_hex(std::string_view hex) {
  return bytes_from_hex(hex).value();
}

// RFC 8032, section 7.1, test 2.
const char* const k_ed25519_public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const char* const k_ed25519_signature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

// A 2,048-bit odd number, not a product of two primes that anybody chose.
std::string odd_modulus(std::size_t bytes) {
  std::string modulus(bytes, '\xAB');
  modulus.front() = '\xC1';
  return modulus;
}

TEST(Signature, NamesAreExact) {
  for (const char* name : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}) {
    const auto algorithm = signature_algorithm_from_name(name);
    ASSERT_TRUE(algorithm) << name;
    EXPECT_EQ(signature_algorithm_name(*algorithm), name);
  }
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "HS256", "HS512", "rs256", "RS256 ", "ES521", "EDDSA"}) {
    EXPECT_FALSE(signature_algorithm_from_name(name)) << name;
  }
}

TEST(Signature, Ed25519GivesTheRfcsExample) {
  const auto key = PublicKey::from_ed25519(from_hex(k_ed25519_public));
  ASSERT_TRUE(key);
  const std::string signature = from_hex(k_ed25519_signature);
  EXPECT_TRUE(key->verify(SignatureAlgorithm::eddsa, "\x72", signature));
  EXPECT_FALSE(key->verify(SignatureAlgorithm::eddsa, "\x73", signature));
  EXPECT_FALSE(key->verify(SignatureAlgorithm::es256, "\x72", signature));
  EXPECT_FALSE(PublicKey::from_ed25519(from_hex(k_ed25519_public).substr(1)));
}

TEST(Signature, WhatIsSignedVerifiesAndNothingElseDoes) {
  for (const auto algorithm : {SignatureAlgorithm::es256, SignatureAlgorithm::eddsa}) {
    const PrivateKey key = PrivateKey::generate(algorithm);
    EXPECT_EQ(key.algorithm(), algorithm);
    const std::string signature = key.sign("message");
    EXPECT_EQ(signature.size(), 64U);
    const PublicKey public_key = key.public_key();
    EXPECT_TRUE(public_key.verify(algorithm, "message", signature));
    EXPECT_FALSE(public_key.verify(algorithm, "massage", signature));
    EXPECT_FALSE(public_key.verify(algorithm, "message", signature.substr(1)));
    EXPECT_FALSE(public_key.verify(algorithm, "message", signature + '\0'));
    EXPECT_FALSE(public_key.verify(algorithm, "message", ""));
    for (const std::size_t at : {0U, 31U, 32U, 63U}) {
      std::string altered = signature;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      EXPECT_FALSE(public_key.verify(algorithm, "message", altered)) << at;
    }
    EXPECT_FALSE(PrivateKey::generate(algorithm).public_key().verify(algorithm, "message", signature));
  }
}

TEST(Signature, PrivateKeysRoundTripThroughDer) {
  for (const auto algorithm : {SignatureAlgorithm::es256, SignatureAlgorithm::eddsa}) {
    const PrivateKey key = PrivateKey::generate(algorithm);
    const auto again = PrivateKey::from_der(key.to_der());
    ASSERT_TRUE(again);
    EXPECT_TRUE(key.public_key().verify(algorithm, "m", again->sign("m")));
    EXPECT_FALSE(PrivateKey::from_der(key.to_der() + "x"));
    EXPECT_FALSE(PrivateKey::from_der(key.to_der().substr(1)));
  }
}

TEST(Signature, WeakRsaKeysAreRefused) {
  const std::string exponent = from_hex("010001");
  EXPECT_TRUE(PublicKey::from_rsa({odd_modulus(256), exponent}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(255), exponent}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(128), exponent}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(1025), exponent}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(256), from_hex("01")}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(256), from_hex("010000")}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(256), from_hex("0100000001")}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(256), from_hex("00010001")}));
  EXPECT_FALSE(PublicKey::from_rsa({odd_modulus(256), ""}));
  EXPECT_FALSE(PublicKey::from_rsa({"", exponent}));
  EXPECT_FALSE(PublicKey::from_rsa({std::string(1, '\0') + odd_modulus(256), exponent}));
  std::string even = odd_modulus(256);
  even.back() = '\x02';
  EXPECT_FALSE(PublicKey::from_rsa({even, exponent}));
}

TEST(Signature, PointsOffTheCurveAreRefused) {
  const std::string x = *base64url_decode("04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY");
  const std::string y = *base64url_decode("UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw");
  EXPECT_TRUE(PublicKey::from_point({Curve::p256, x, y}));
  EXPECT_FALSE(PublicKey::from_point({Curve::p256, y, x}));
  EXPECT_FALSE(PublicKey::from_point({Curve::p384, x, y}));
  EXPECT_FALSE(PublicKey::from_point({Curve::p256, x.substr(1), y}));
  EXPECT_FALSE(PublicKey::from_point({Curve::p256, std::string(32, '\0'), std::string(32, '\0')}));
  std::string beside = y;
  beside.back() = static_cast<char>(beside.back() ^ 1);
  EXPECT_FALSE(PublicKey::from_point({Curve::p256, x, beside}));
}

TEST(Signature, RefusalsLeaveTheThreadsErrorQueueEmpty) {
  const PrivateKey key = PrivateKey::generate(SignatureAlgorithm::es256);
  EXPECT_FALSE(key.public_key().verify(SignatureAlgorithm::es256, "message", std::string(64, '\xFF')));
  EXPECT_FALSE(PublicKey::from_point({Curve::p256, std::string(32, '\1'), std::string(32, '\1')}));
  EXPECT_FALSE(PrivateKey::from_der("garbage"));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Signature, RsaPssAgreesWithEveryWycheproofVector) {
  const char* const file = "rsa_pss_2048_sha384_mgf1_48_test.json";
  const auto vectors = read_wycheproof(file);
  if (!vectors) {
    GTEST_SKIP() << "no test vectors at " << wycheproof_path(file);
  }
  int seen = 0;
  for (const auto& group : (*vectors)["testGroups"]) {
    const std::string modulus = *base64url_decode(group["publicKeyJwk"]["n"].get<std::string>());
    const std::string exponent = *base64url_decode(group["publicKeyJwk"]["e"].get<std::string>());
    const auto key = PublicKey::from_rsa({modulus, exponent});
    ASSERT_TRUE(key);
    for (const auto& test : group["tests"]) {
      const std::string message = from_hex(test["msg"].get<std::string>());
      const std::string signature = from_hex(test["sig"].get<std::string>());
      EXPECT_EQ(key->verify(SignatureAlgorithm::ps384, message, signature), test["result"] == "valid")
          << "tcId " << test["tcId"] << ": " << test["comment"];
      ++seen;
    }
  }
  EXPECT_EQ(seen, (*vectors)["numberOfTests"].get<int>());
}

}  // namespace
}  // namespace ostraka::crypto
