#include "sign_in/issuer_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <vector>

#include "base/check.h"
#include "crypto/base64url.h"

namespace ostraka::bench {

namespace {

std::string number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  check(EVP_PKEY_get_bn_param(key, name, &value) == 1, "an RSA key has this number");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  BN_free(value);
  return crypto::base64url_encode(std::string(bytes.begin(), bytes.end()));
}

}  // namespace

struct IssuerKey::State {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), &EVP_PKEY_free};
};

IssuerKey IssuerKey::generate() {
  auto state = std::make_unique<State>();
  check(state->key != nullptr, "an RSA key can be made");
  return IssuerKey(std::move(state));
}

IssuerKey::IssuerKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
IssuerKey::IssuerKey(IssuerKey&&) noexcept = default;
IssuerKey::~IssuerKey() = default;

std::string IssuerKey::jwks() const {
  return R"({"keys":[{"kty":"RSA","kid":"bench","alg":"RS256","use":"sig","n":")" +
         number(state_->key.get(), OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
         number(state_->key.get(), OSSL_PKEY_PARAM_RSA_E) + R"("}]})";
}

std::string IssuerKey::sign(const std::string& key_id, const std::string& claims) const {
  std::string compact = crypto::base64url_encode(R"({"alg":"RS256","kid":")" + key_id + R"("})") + "." +
                        crypto::base64url_encode(claims);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::size_t size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(compact.data());
  std::string signature(256, '\0');
  size = signature.size();
  const bool done = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                                   compact.size()) == 1;
  check(done && size == signature.size(), "an RSA key signs");
  return compact + "." + crypto::base64url_encode(signature);
}

}  // namespace ostraka::bench
