// One connection to the server under load, non-blocking, over TCP or TLS. One owner, one thread.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/tls/session.h"

namespace ostraka::load {

struct ServerAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  tls::Context tls = {};      // null: plain TCP
  std::string tls_name = {};  // whose certificate it has to show
};
// Of "127.0.0.1" or "localhost" and a port, without TLS. Errors: unavailable.
Result<ServerAddress> resolve(const std::string& host, const std::string& port);

class ClientSocket {
 public:
  ClientSocket() = default;
  ~ClientSocket() { close(); }
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&&) = delete;

  enum class Opened { is_connecting, refused, no_descriptor };
  // Begins to connect. REQUIRES: it is closed.
  Opened open(const ServerAddress& server, const tls::Resumption& resumption);
  // Tells the peer so, when TLS can.
  void close();
  int descriptor() const { return descriptor_; }

  // What is left of the way in, once the socket was writable; done at once without TLS.
  tls::Outcome establish() { return session_ ? session_->handshake() : tls::Outcome::done; }
  tls::Transfer read(char* room, std::size_t bytes);
  tls::Transfer write(std::string_view bytes);
  bool has_pending() const { return session_ && session_->has_pending(); }

  bool is_tls() const { return session_ != nullptr; }
  // REQUIRES: is_tls().
  const tls::Session& session() const { return *session_; }

 private:
  int descriptor_ = -1;
  std::unique_ptr<tls::Session> session_;
};

}  // namespace ostraka::load
