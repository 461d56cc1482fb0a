#include "crypto/signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <array>

#include "base/check.h"
#include "crypto/public_key_state.h"

namespace ostraka::crypto {

namespace {

enum class Padding { none, pkcs1, pss };

struct Row {
  SignatureAlgorithm algorithm;
  std::string_view name;
  const char* digest;  // null: the scheme has its own
  Padding padding;
  KeyFamily family;
};

constexpr std::array<Row, 10> k_rows = {{
    {SignatureAlgorithm::rs256, "RS256", "SHA256", Padding::pkcs1, KeyFamily::rsa},
    {SignatureAlgorithm::rs384, "RS384", "SHA384", Padding::pkcs1, KeyFamily::rsa},
    {SignatureAlgorithm::rs512, "RS512", "SHA512", Padding::pkcs1, KeyFamily::rsa},
    {SignatureAlgorithm::ps256, "PS256", "SHA256", Padding::pss, KeyFamily::rsa},
    {SignatureAlgorithm::ps384, "PS384", "SHA384", Padding::pss, KeyFamily::rsa},
    {SignatureAlgorithm::ps512, "PS512", "SHA512", Padding::pss, KeyFamily::rsa},
    {SignatureAlgorithm::es256, "ES256", "SHA256", Padding::none, KeyFamily::p256},
    {SignatureAlgorithm::es384, "ES384", "SHA384", Padding::none, KeyFamily::p384},
    {SignatureAlgorithm::es512, "ES512", "SHA512", Padding::none, KeyFamily::p521},
    {SignatureAlgorithm::eddsa, "EdDSA", nullptr, Padding::none, KeyFamily::ed25519},
}};

const Row& row_of(SignatureAlgorithm algorithm) {
  return k_rows[static_cast<std::size_t>(algorithm)];
}

// One context a thread: allocating one is a lock and a malloc more per token. Reset before each use, so nothing of the
// last key or message is left in it.
EVP_MD_CTX* fresh_context() {
  thread_local const DigestContextPointer context(EVP_MD_CTX_new());
  check(context != nullptr, "memory for a signature");
  EVP_MD_CTX_reset(context.get());
  return context.get();
}

bool set_padding(EVP_PKEY_CTX* context, Padding padding) {
  if (padding == Padding::none) {
    return true;
  }
  if (padding == Padding::pkcs1) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  }
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify_with(const Row& row, EVP_PKEY* key, std::string_view message, std::string_view signature) {
  EVP_MD_CTX* const context = fresh_context();
  EVP_PKEY_CTX* key_context = nullptr;  // of the digest context
  return EVP_DigestVerifyInit_ex(context, &key_context, row.digest, nullptr, nullptr, key, nullptr) == 1 &&
         set_padding(key_context, row.padding) &&
         EVP_DigestVerify(context, as_unsigned(signature), signature.size(), as_unsigned(message), message.size()) == 1;
}

}  // namespace

std::optional<SignatureAlgorithm> signature_algorithm_from_name(std::string_view name) {
  for (const Row& row : k_rows) {
    if (row.name == name) {
      return row.algorithm;
    }
  }
  return std::nullopt;
}

std::string_view signature_algorithm_name(SignatureAlgorithm algorithm) {
  return row_of(algorithm).name;
}

bool PublicKey::fits(SignatureAlgorithm algorithm) const {
  return row_of(algorithm).family == state_->family;
}

bool PublicKey::verify(SignatureAlgorithm algorithm, std::string_view message, std::string_view signature) const {
  if (!fits(algorithm) || signature.empty()) {
    return false;
  }
  std::string der;
  if (field_bytes(state_->family) != 0) {
    der = joined_to_der(signature, state_->family);
    if (der.empty()) {
      return false;
    }
    signature = der;
  }
  if (verify_with(row_of(algorithm), state_->key.get(), message, signature)) {
    return true;
  }
  ERR_clear_error();
  return false;
}

SignatureAlgorithm PrivateKey::algorithm() const {
  return state_->family == KeyFamily::ed25519 ? SignatureAlgorithm::eddsa : SignatureAlgorithm::es256;
}

PublicKey PrivateKey::public_key() const {
  return PublicKey(state_);
}

std::string PrivateKey::sign(std::string_view message) const {
  EVP_MD_CTX* const context = fresh_context();
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get()));
  std::string signature(size, '\0');
  check(EVP_DigestSignInit_ex(context, nullptr, row_of(algorithm()).digest, nullptr, nullptr, state_->key.get(),
                              nullptr) == 1 &&
            EVP_DigestSign(context, as_unsigned(signature), &size, as_unsigned(message), message.size()) == 1,
        "signing with a good key cannot fail");
  signature.resize(size);
  if (state_->family == KeyFamily::p256) {
    signature = der_to_joined(signature, state_->family);
  }
  return signature;
}

}  // namespace ostraka::crypto
