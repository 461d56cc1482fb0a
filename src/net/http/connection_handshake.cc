#include "net/http/connection.h"

namespace ostraka::http {

void Connection::start() {
  if (!transport_.is_tls()) {
    return begin();
  }
  ServerState& state = worker_->state();
  // A handshake costs more than ten requests: who has asked too often is not given one. A trusted proxy speaks for
  // many.
  if (state.may_shake_hands && !is_peer_trusted_ && !state.may_shake_hands(peer_)) {
    state.handshakes_refused.fetch_add(1, std::memory_order_relaxed);
    return close();
  }
  phase_ = Phase::handshake;
  set_deadline(limits_.handshake_deadline);
  shake_hands();
}

void Connection::begin() {
  phase_ = Phase::idle;
  read();
  // Whoever connects comes with a request: the long idle deadline begins after the first one.
  set_deadline(limits_.header_deadline);
}

void Connection::shake_hands() {
  switch (transport_.handshake()) {
    case tls::Outcome::done:
      return on_hands_shaken();
    case tls::Outcome::wants_read:
      return transport_.wait_readable(*this);
    case tls::Outcome::wants_write:
      return transport_.wait_writable(*this);
    case tls::Outcome::ended:
    case tls::Outcome::failed:
      return on_handshake_failed();
  }
}

void Connection::on_hands_shaken() {
  ServerState& state = worker_->state();
  state.handshakes.fetch_add(1, std::memory_order_relaxed);
  if (transport_.session().was_resumed()) {
    state.handshakes_resumed.fetch_add(1, std::memory_order_relaxed);
  }
  begin();
}

// OpenSSL has told the peer why, if it listens. Whoever typed http:// is told in words that it understands.
void Connection::on_handshake_failed() {
  worker_->state().handshakes_failed.fetch_add(1, std::memory_order_relaxed);
  const bool was_plain_http = transport_.session().was_plain_http();
  transport_.forget_tls();
  was_plain_http ? refuse(k_refuse_plain_http) : linger();
}

}  // namespace ostraka::http
