#include "net/tls/context.h"

#include <openssl/x509.h>

#include <ctime>

#include "net/tls/openssl.h"
#include "net/tls/ticket_seal.h"

namespace ostraka::tls {
namespace {

// AES-128 first: its handshake hashes with SHA-256, which processors have instructions for. Who prefers ChaCha20 (a
// phone without AES instructions) gets it.
constexpr const char* k_ciphers_of_1_3 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* k_ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* k_groups = "X25519:P-256";
// For each whole handshake; a resumed one gives another. OpenSSL's two would cost a tenth of a handshake more.
constexpr std::size_t k_tickets = 1;
constexpr const char* k_session_context = "ostraka";

Context new_context(const SSL_METHOD* method, OldestVersion oldest) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  SSL_CTX* raw = context.get();
  if (raw == nullptr ||
      SSL_CTX_set_min_proto_version(raw, oldest == OldestVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(raw, k_ciphers_of_1_3) != 1 || SSL_CTX_set_cipher_list(raw, k_ciphers_of_1_2) != 1 ||
      SSL_CTX_set1_groups_list(raw, k_groups) != 1) {
    return nullptr;
  }
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A reply may be taken in pieces, and go on from a buffer that has moved. Idle connections keep no buffers.
  SSL_CTX_set_mode(raw,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(raw, 1);  // a record with one system call, not two
  // A key with a passphrase would be asked for on the terminal.
  SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return -1; });
  return context;
}

WallTime expiry_of(SSL_CTX* context) {
  std::tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context)), &parts);
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

tl::unexpected<Error> wrong_file(const std::string& file) {
  return fail(ErrorKind::invalid, "{}: {}", file, take_error());
}

}  // namespace

Result<ServerContext> make_server_context(const ServerContextOptions& options) {
  ERR_clear_error();
  Context context = new_context(TLS_server_method(), options.oldest);
  if (context == nullptr) {
    return fail(ErrorKind::internal, "no TLS context: {}", take_error());
  }
  SSL_CTX* raw = context.get();
  SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  if (SSL_CTX_use_certificate_chain_file(raw, options.certificate_file.c_str()) != 1) {
    return wrong_file(options.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(raw, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return wrong_file(options.key_file);
  }
  if (SSL_CTX_check_private_key(raw) != 1) {
    return fail(ErrorKind::invalid, "{} is not the key of {}", options.key_file, options.certificate_file);
  }
  SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(k_session_context),
                                 static_cast<unsigned>(std::char_traits<char>::length(k_session_context)));
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets keep sessions, we do not
  SSL_CTX_set_timeout(raw, k_ticket_life.count());
  if (options.ticket_keys == nullptr) {
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  } else {
    SSL_CTX_set_num_tickets(raw, k_tickets);
    seal_tickets_with(raw, options.ticket_keys);
  }
  const WallTime expires = expiry_of(raw);
  return ServerContext{std::move(context), expires};
}

Result<Context> make_client_context(const ClientContextOptions& options) {
  ERR_clear_error();
  Context context = new_context(TLS_client_method(), OldestVersion::tls_1_2);
  if (context == nullptr) {
    return fail(ErrorKind::internal, "no TLS context: {}", take_error());
  }
  SSL_CTX* raw = context.get();
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(raw);
  } else if (SSL_CTX_load_verify_locations(raw, options.ca_file.c_str(), nullptr) != 1) {
    return wrong_file(options.ca_file);
  } else {
    // The file may name the server's own certificate, without the authority that made it.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_PARTIAL_CHAIN);
  }
  return context;
}

}  // namespace ostraka::tls
