#include "net/tls/session.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <utility>

#include "base/check.h"
#include "net/tls/openssl.h"
#include "net/tls/socket_bio.h"

namespace ostraka::tls {
namespace {

SSL* new_session(const Context& context, int socket) {
  SSL* session = SSL_new(context.get());
  BIO* bio = new_socket_bio(socket);
  check(session != nullptr && bio != nullptr, "memory for a TLS session");
  SSL_set_bio(session, bio, bio);
  return session;
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

}  // namespace

void expect_host(SSL* session, const std::string& host) {
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  } else if (!host.empty()) {
    SSL_set_tlsext_host_name(session, host.c_str());
    SSL_set1_host(session, host.c_str());
  }
}

std::string why_not_believed(SSL* session) {
  const long verdict = SSL_get_verify_result(session);
  return verdict == X509_V_OK ? "" : std::string("the server's certificate: ") + X509_verify_cert_error_string(verdict);
}

std::unique_ptr<Session> Session::accept(const Context& context, int socket) {
  SSL* session = new_session(context, socket);
  SSL_set_accept_state(session);
  return std::unique_ptr<Session>(new Session(session));
}

std::unique_ptr<Session> Session::connect(const Context& context, int socket, const std::string& host,
                                          const Resumption& resumption) {
  SSL* session = new_session(context, socket);
  SSL_set_connect_state(session);
  expect_host(session, host);
  if (resumption != nullptr) {
    SSL_set_session(session, resumption.get());
  }
  return std::unique_ptr<Session>(new Session(session));
}

Session::~Session() {
  SSL_free(session_);
}

Outcome Session::outcome_of(int result) {
  switch (SSL_get_error(session_, result)) {
    case SSL_ERROR_NONE:
      return Outcome::done;
    case SSL_ERROR_WANT_READ:
      return Outcome::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::ended;
    default:
      break;
  }
  const unsigned long code = ERR_peek_error();
  was_plain_http_ = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
  failure_ = code == 0 ? "the connection broke" : take_error();
  if (std::string why = why_not_believed(session_); !why.empty()) {
    failure_ = std::move(why);
  }
  return Outcome::failed;
}

Outcome Session::handshake() {
  ERR_clear_error();
  return outcome_of(SSL_do_handshake(session_));
}

Transfer Session::read(char* room, std::size_t bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const Outcome outcome = outcome_of(SSL_read_ex(session_, room, bytes, &count));
  return {outcome, count};
}

Transfer Session::write(std::string_view bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const Outcome outcome = outcome_of(SSL_write_ex(session_, bytes.data(), bytes.size(), &count));
  return {outcome, count};
}

void Session::say_goodbye() {
  if (!std::exchange(was_goodbye_said_, true)) {
    ERR_clear_error();
    SSL_shutdown(session_);  // what the peer says to it is not waited for
  }
}

bool Session::has_pending() const {
  return SSL_has_pending(session_) == 1;
}

bool Session::was_resumed() const {
  return SSL_session_reused(session_) == 1;
}

Resumption Session::resumption() const {
  const SSL_SESSION* own = SSL_get0_session(session_);
  if (own == nullptr || SSL_SESSION_is_resumable(own) != 1) {
    return nullptr;
  }
  // A copy: OpenSSL spoils its own when the connection is cut, and phones lose connections all the time.
  return Resumption(SSL_SESSION_dup(own), SSL_SESSION_free);
}

}  // namespace ostraka::tls
