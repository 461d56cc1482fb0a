#include "crypto/digest.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace ostraka::crypto {

namespace {

// Fetched once: an implicit fetch for every digest costs twice the digest itself. Never freed: contexts of threads
// that outlive static destruction still refer to it.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  check(algorithm != nullptr, "OpenSSL has SHA-256");
  return algorithm;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  check(state_->context != nullptr, "memory for a digest");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;

void Sha256::digest_into(std::string_view bytes, std::span<char, k_sha256_bytes> out) {
  EVP_MD_CTX* const context = state_->context;
  check(EVP_DigestInit_ex2(context, fetched_sha256(), nullptr) == 1 &&
            EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1 &&
            EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1,
        "SHA-256 cannot fail");
}

std::string Sha256::digest(std::string_view bytes) {
  std::string out(k_sha256_bytes, '\0');
  digest_into(bytes, std::span<char, k_sha256_bytes>(out.data(), k_sha256_bytes));
  return out;
}

std::string sha256(std::string_view bytes) {
  thread_local Sha256 hasher;
  return hasher.digest(bytes);
}

}  // namespace ostraka::crypto
