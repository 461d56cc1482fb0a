#include "net/tls/ticket_seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/check.h"

namespace ostraka::tls {
namespace {

using KeysPointer = std::shared_ptr<const TicketKeys>;

// What OpenSSL's callback may answer.
constexpr int k_error = -1;
constexpr int k_no_ticket = 0;
constexpr int k_sealed = 1;
constexpr int k_opened_and_renew = 2;

int keys_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                    [](void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) {
                                                      delete static_cast<KeysPointer*>(kept);
                                                    });
  return index;
}

// Fetched once: looking algorithms up by name takes a lock.
const EVP_CIPHER* ticket_cipher() {
  static const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return cipher;
}

bool set_mac_key(EVP_MAC_CTX* mac, TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

int on_ticket(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int is_new) {
  if (SSL_version(session) < TLS1_3_VERSION) {
    return k_no_ticket;
  }
  const auto* keys = static_cast<const KeysPointer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), keys_index()));
  if (is_new != 0) {
    TicketKey key = (*keys)->for_new_tickets();
    std::copy(key.name.begin(), key.name.end(), name);
    const bool is_set = RAND_bytes(iv, EVP_CIPHER_get_iv_length(ticket_cipher())) == 1 &&
                        EVP_EncryptInit_ex2(cipher, ticket_cipher(), key.cipher.data(), iv, nullptr) == 1 &&
                        set_mac_key(mac, key);
    return is_set ? k_sealed : k_error;
  }
  TicketKey::Name named{};
  std::copy_n(name, named.size(), named.begin());
  std::optional<TicketKey> key = (*keys)->named(named);
  if (!key) {
    return k_no_ticket;  // a whole handshake instead
  }
  const bool is_set = EVP_DecryptInit_ex2(cipher, ticket_cipher(), key->cipher.data(), iv, nullptr) == 1 &&
                      set_mac_key(mac, *key);
  return is_set ? k_opened_and_renew : k_error;
}

}  // namespace

void seal_tickets_with(SSL_CTX* context, KeysPointer keys) {
  auto kept = std::make_unique<KeysPointer>(std::move(keys));
  check(SSL_CTX_set_ex_data(context, keys_index(), kept.get()) == 1, "room for the ticket keys");
  kept.release();
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

}  // namespace ostraka::tls
