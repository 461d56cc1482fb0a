// The TLS of one connection, over a non-blocking socket that is somebody else's: steps that never block and say what
// they wait for. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/tls/context.h"

struct ssl_st;
struct ssl_session_st;

namespace ostraka::tls {

enum class Outcome {
  done,
  wants_read,   // again when the socket can be read
  wants_write,  // again when it can be written
  ended,        // the peer has said that nothing more comes
  failed,       // broken, or not TLS; nothing more can be done with it
};

struct Transfer {
  Outcome outcome = Outcome::failed;
  std::size_t bytes = 0;  // when done
};

// For sessions that others make (Asio's streams): the certificate must be `host`'s, a name or an address, if that is
// not empty; and why a certificate was not believed, or empty.
void expect_host(ssl_st* session, const std::string& host);
std::string why_not_believed(ssl_st* session);

// What a client keeps of a session, to resume it.
using Resumption = std::shared_ptr<ssl_session_st>;

class Session {
 public:
  // REQUIRES: the socket outlives what is done with the session.
  static std::unique_ptr<Session> accept(const Context& context, int socket);
  // The certificate must be `host`'s, a name or an address, if that is not empty. `resumption` may be null.
  static std::unique_ptr<Session> connect(const Context& context, int socket, const std::string& host,
                                          const Resumption& resumption = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Outcome handshake();
  Transfer read(char* room, std::size_t bytes);
  // Takes one record's worth (16 KiB) at most. After wants_write the next call must begin with the same bytes.
  Transfer write(std::string_view bytes);
  // Tells the peer, once, that nothing more comes, if there is room for that now.
  void say_goodbye();

  // Something was received that read() has not looked at yet: the socket may stay silent about it.
  bool has_pending() const;
  bool was_resumed() const;
  // Whether the handshake failed because the peer spoke HTTP without TLS.
  bool was_plain_http() const { return was_plain_http_; }
  // Why the last step failed, for a message.
  const std::string& failure() const { return failure_; }
  // A client's: what the server gave for the next connection; null when it gave nothing. After a first reply.
  Resumption resumption() const;

 private:
  explicit Session(ssl_st* session) : session_(session) {}
  Outcome outcome_of(int result);

  ssl_st* const session_;
  bool was_goodbye_said_ = false;
  bool was_plain_http_ = false;
  std::string failure_;
};

}  // namespace ostraka::tls
