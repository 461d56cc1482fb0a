#include "crypto/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace ostraka::crypto {

namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// Fetched once and never freed, as in digest.cc.
const EVP_CIPHER* fetched_aes_256_gcm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  check(algorithm != nullptr, "OpenSSL has AES-256-GCM");
  return algorithm;
}

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* unsigned_bytes(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

int size_of(std::string_view bytes) {
  check(bytes.size() <= 1U << 20, "keys are small");
  return static_cast<int>(bytes.size());
}

}  // namespace

std::string aead_seal(const AeadInput& input, std::string_view plain, Random& random) {
  check(input.key.size() == k_aead_key_bytes, "AES-256 takes 32 bytes");
  const Context context(EVP_CIPHER_CTX_new());
  std::string box = random.bytes(k_aead_nonce_bytes);
  std::string sealed(plain.size(), '\0');
  std::string tag(k_aead_tag_bytes, '\0');
  int written = 0;
  check(context != nullptr &&
            EVP_EncryptInit_ex2(context.get(), fetched_aes_256_gcm(), unsigned_bytes(input.key), unsigned_bytes(box),
                                nullptr) == 1 &&
            EVP_EncryptUpdate(context.get(), nullptr, &written, unsigned_bytes(input.associated),
                              size_of(input.associated)) == 1 &&
            EVP_EncryptUpdate(context.get(), unsigned_bytes(sealed), &written, unsigned_bytes(plain), size_of(plain)) ==
                1 &&
            EVP_EncryptFinal_ex(context.get(), unsigned_bytes(tag), &written) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, k_aead_tag_bytes, tag.data()) == 1,
        "sealing cannot fail");
  return box + sealed + tag;
}

std::optional<std::string> aead_open(const AeadInput& input, std::string_view box) {
  check(input.key.size() == k_aead_key_bytes, "AES-256 takes 32 bytes");
  if (box.size() < k_aead_nonce_bytes + k_aead_tag_bytes) {
    return std::nullopt;
  }
  const std::string_view nonce = box.substr(0, k_aead_nonce_bytes);
  const std::string_view sealed = box.substr(k_aead_nonce_bytes, box.size() - k_aead_nonce_bytes - k_aead_tag_bytes);
  std::string tag(box.substr(box.size() - k_aead_tag_bytes));
  std::string plain(sealed.size(), '\0');
  std::string none(k_aead_tag_bytes, '\0');
  int written = 0;
  const Context context(EVP_CIPHER_CTX_new());
  check(context != nullptr &&
            EVP_DecryptInit_ex2(context.get(), fetched_aes_256_gcm(), unsigned_bytes(input.key), unsigned_bytes(nonce),
                                nullptr) == 1 &&
            EVP_DecryptUpdate(context.get(), nullptr, &written, unsigned_bytes(input.associated),
                              size_of(input.associated)) == 1 &&
            EVP_DecryptUpdate(context.get(), unsigned_bytes(plain), &written, unsigned_bytes(sealed),
                              size_of(sealed)) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, k_aead_tag_bytes, tag.data()) == 1,
        "opening cannot fail before the tag is compared");
  if (EVP_DecryptFinal_ex(context.get(), unsigned_bytes(none), &written) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return plain;
}

}  // namespace ostraka::crypto
