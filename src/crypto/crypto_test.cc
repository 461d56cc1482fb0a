#include <gtest/gtest.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/base64url.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/wycheproof_for_test.h"

namespace ostraka::crypto {
namespace {

TEST(Sha256, GivesTheStandardsExamplesAndKeepsNothingBetweenCalls) {
  Sha256 hasher;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(to_hex(hasher.digest("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(hasher.digest("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
  EXPECT_EQ(sha256("abc"), hasher.digest("abc"));
}

TEST(HmacSha256, GivesTheRfcsExampleAndKeepsItsKey) {
  HmacSha256 keyed("Jefe");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(to_hex(keyed.mac("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }
  HmacSha256 moved = std::move(keyed);
  EXPECT_EQ(moved.mac("x"), HmacSha256("Jefe").mac("x"));
  EXPECT_NE(moved.mac("x"), HmacSha256("").mac("x"));
}

TEST(HmacSha256, AgreesWithEveryWycheproofVector) {
  const auto vectors = read_wycheproof("hmac_sha256_test.json");
  if (!vectors) {
    GTEST_SKIP() << "no test vectors at " << wycheproof_path("hmac_sha256_test.json");
  }
  int seen = 0;
  for (const auto& group : (*vectors)["testGroups"]) {
    const std::size_t tag_bytes = group["tagSize"].get<std::size_t>() / 8;
    for (const auto& test : group["tests"]) {
      HmacSha256 keyed(bytes_from_hex(test["key"].get<std::string>()).value());
      const std::string mac = keyed.mac(bytes_from_hex(test["msg"].get<std::string>()).value()).substr(0, tag_bytes);
      const bool equal = equal_constant_time(mac, bytes_from_hex(test["tag"].get<std::string>()).value());
      EXPECT_EQ(equal, test["result"] == "valid") << "tcId " << test["tcId"];
      ++seen;
    }
  }
  EXPECT_EQ(seen, (*vectors)["numberOfTests"].get<int>());
}

TEST(ConstantTimeComparison, ComparesContentsAndLengths) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
}

TEST(Base64Url, GivesTheRfcsExamples) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode(std::string("\xfb\xff\xfe", 3)), "-__-");
}

TEST(Base64Url, DecodesWhatItEncodes) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64Url, RefusesEveryOtherSpelling) {
  for (const char* bad : {"Z",     "Zg==", "Zg=",   "Zm8=", "Zh", "Zm9", "Zm 8", " Zg",  "Zg\n", "Zm9v+A", "Zm9v/w",
                          "Zm9vZ", "....", "\xffg", "?A",   "Z?", "Zm?", "Z?8",  "Zm9?", "Zm?v", "?m9v"}) {
    EXPECT_FALSE(base64url_decode(bad)) << bad;
  }
  EXPECT_FALSE(base64url_decode(std::string_view("Zm\0v", 4)));
}

// A text of two, three or four digits is canonical exactly when encoding what it decodes to gives it back.
TEST(Base64Url, EveryShortTextIsCanonicalOrRefused) {
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
  std::size_t accepted = 0;
  for (const char a : alphabet) {
    for (const char b : alphabet) {
      for (const std::string& text : {std::string{a, b}, std::string{'A', a, b}, std::string{a, 'A', b}}) {
        const auto bytes = base64url_decode(text);
        if (bytes) {
          ++accepted;
          EXPECT_EQ(base64url_encode(*bytes), text);
        }
      }
    }
  }
  EXPECT_EQ(accepted, 64U * 4 + 64U * 16 * 2);
}

class CountingRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override { return std::string(count, static_cast<char>(++drawn_)); }

 private:
  int drawn_ = 0;
};

// Test case 14 of the GCM specification: everything zero.
TEST(Aead, GivesTheSpecificationsExample) {
  class Zeros final : public Random {
   public:
    std::string bytes(std::size_t count) override { return std::string(count, '\0'); }
  } zeros;
  const std::string key(k_aead_key_bytes, '\0');
  const std::string plain(16, '\0');
  EXPECT_EQ(to_hex(aead_seal({key, ""}, plain, zeros)),
            "000000000000000000000000"
            "cea7403d4d606b6e074ec5d3baf39d18"
            "d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Aead, OpensOnlyWhatWasSealedForThisKeyAndName) {
  CountingRandom random;
  const std::string key(k_aead_key_bytes, 'k');
  const std::string box = aead_seal({key, "name"}, "a secret", random);
  EXPECT_EQ(aead_open({key, "name"}, box), "a secret");
  EXPECT_NE(aead_seal({key, "name"}, "a secret", random), box);
  EXPECT_FALSE(aead_open({key, "other"}, box));
  EXPECT_FALSE(aead_open({std::string(k_aead_key_bytes, 'x'), "name"}, box));
  for (std::size_t i = 0; i < box.size(); ++i) {
    std::string altered = box;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(aead_open({key, "name"}, altered)) << i;
    EXPECT_FALSE(aead_open({key, "name"}, box.substr(0, i))) << i;
  }
  EXPECT_EQ(aead_open({key, ""}, aead_seal({key, ""}, "", random)), "");
}

}  // namespace
}  // namespace ostraka::crypto
