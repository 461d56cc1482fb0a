#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/check.h"

namespace ostraka::crypto {

namespace {

// Fetched once and never freed, as in digest.cc.
EVP_MAC* fetched_hmac() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  check(algorithm != nullptr, "OpenSSL has HMAC");
  return algorithm;
}

}  // namespace

struct HmacSha256::State {
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(fetched_hmac());
  ~State() { EVP_MAC_CTX_free(context); }
};

HmacSha256::HmacSha256(std::string_view key) : state_(std::make_unique<State>()) {
  check(state_->context != nullptr, "memory for a MAC");
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                                   OSSL_PARAM_construct_end()};
  // A null key would mean "the key set before", so an empty one needs an address.
  const char* const key_bytes = key.empty() ? "" : key.data();
  check(EVP_MAC_init(state_->context, reinterpret_cast<const unsigned char*>(key_bytes), key.size(), parameters) == 1,
        "HMAC takes every key");
}

HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

void HmacSha256::mac_into(std::string_view bytes, std::span<char, k_hmac_sha256_bytes> out) {
  EVP_MAC_CTX* const context = state_->context;
  std::size_t written = 0;
  // Without a key, init goes back to the keyed start: a third of the cost of keying again.
  check(EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
            EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1 &&
            EVP_MAC_final(context, reinterpret_cast<unsigned char*>(out.data()), &written, out.size()) == 1 &&
            written == out.size(),
        "HMAC-SHA256 cannot fail");
}

std::string HmacSha256::mac(std::string_view bytes) {
  std::string out(k_hmac_sha256_bytes, '\0');
  mac_into(bytes, std::span<char, k_hmac_sha256_bytes>(out.data(), k_hmac_sha256_bytes));
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ostraka::crypto
