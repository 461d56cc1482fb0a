// The HTTP/1.1 server: Boost.Beast's parser fed by hand on Asio, one worker thread per core with SO_REUSEPORT; over TLS
// when it is given a context.
//
// A connection carries one exchange at a time: its next request is read when its reply is written. A request is handed
// to the handler on the worker's thread, and the views in it live until the Responder was used or dropped. The reply
// may be sent from any thread; it is written by the connection's worker.
//
// Every response carries the security headers of wire.h unless the handler set its own; what is refused before the
// handler sees it (framing, limits, deadlines) is answered as RFC 9457 problem+json and the connection is closed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http/fields.h"

namespace boost::asio {
class io_context;
}

namespace ostraka::tls {
class ReloadingContext;
}

namespace ostraka::http {

struct Address;

struct Limits {
  std::size_t header_bytes_max = 8 * 1024;            // beyond: 431, closed. REQUIRES: at most 60 KiB
  std::size_t fields_max = 100;                       // header fields a request; beyond: 431, closed
  std::size_t body_bytes_max = 64 * 1024;             // beyond: 413, closed
  std::size_t connections_max = 10'000;               // of the whole server; beyond: accepted and closed
  std::size_t requests_per_connection_max = 100'000;  // then Connection: close
  std::size_t stream_backlog_bytes_max = 256 * 1024;  // what may wait behind the piece being written; beyond: cut off
  std::chrono::milliseconds handshake_deadline{10'000};  // of TLS, from the connection on
  std::chrono::milliseconds header_deadline{10'000};  // from the first byte of a request to the end of its header
  std::chrono::milliseconds body_deadline{10'000};
  std::chrono::milliseconds idle_deadline{75'000};   // between requests
  std::chrono::milliseconds write_deadline{10'000};  // a reply, or a piece of a stream, that is not taken
};

struct Request {
  std::string_view method;
  std::string_view target;  // as sent
  std::string_view path;    // up to '?', not decoded; of an absolute-form target the path part; "*" for OPTIONS *
  std::string_view query;   // behind '?'
  std::string_view body;
  std::string_view
      peer;             // the client's address, without port: the socket's, or behind trusted proxies the forwarded one
  unsigned worker = 0;  // index of the thread this runs on
  const Fields* fields = nullptr;

  // The field's value, or empty; names compare without case. Host, Content-Length, Content-Type, Authorization and
  // Expect cannot be sent twice: the server refuses that before the handler sees it.
  std::string_view header(std::string_view name) const { return fields->find(name); }
};

struct Response {
  unsigned status = 200;
  std::string_view content_type = {};  // of static storage; empty: no body
  std::string body = {};
  std::shared_ptr<const std::string> shared_body = {};  // sent in place of `body` when set, without copying
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// A reply that goes on: server-sent events. Thread-safe; a slow reader is cut off at its write deadline or when more
// than `stream_backlog_bytes_max` wait. Ends when the last reference is dropped.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual void send(std::shared_ptr<const std::string> bytes) = 0;
  virtual void close() = 0;
  virtual bool is_open() const = 0;
  // Handed in and not yet taken by the kernel. Whoever sends documents that replace each other skips one while an older
  // one still waits.
  virtual std::size_t waiting_bytes() const = 0;
};

// The right to answer one request, once. Move-only. Dropping it unanswered answers 500.
class Responder {
 public:
  class Target {
   public:
    virtual ~Target() = default;
    virtual void send(Response response) = 0;
    virtual std::shared_ptr<EventStream> start_stream(Response head) = 0;
  };

  explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  void send(Response response) &&;                              // any thread
  std::shared_ptr<EventStream> start_stream(Response head) &&;  // any thread; head's body is sent first

 private:
  void drop();
  std::shared_ptr<Target> target_;
};

// Runs on a worker's thread and must not block. An exception that leaves it answers 500.
using Handler = std::function<void(const Request&, Responder)>;

struct DoorAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  unsigned workers = 1;
  // What each worker serves, for whoever has other sockets served by the same threads; empty: the server's own. They
  // are served until the server ends.
  std::vector<std::shared_ptr<boost::asio::io_context>> contexts = {};
  Limits limits = {};
  // Addresses or networks (10.0.0.0/8); X-Forwarded-For is believed only from these.
  std::vector<std::string> trusted_proxies = {};
  // Called on a worker's thread, with its index, when it has handed to the handler what was ready in one go: what the
  // handler gathered may leave together.
  std::function<void(unsigned worker)> on_turn_end = {};
  // HTTPS on `port`; outlives the server. Null: HTTP.
  const tls::ReloadingContext* tls = nullptr;
  // HTTP beside HTTPS, on a port of its own.
  std::optional<DoorAddress> plain_door = {};
  // Whether this address may have a TLS handshake now; when not, its connection is closed. Any worker's thread. Not asked
  // for trusted proxies.
  std::function<bool(const Address&)> may_shake_hands = {};
};

// What the server counts by itself; read at any time from any thread.
struct ServerCounters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // over connections_max
  std::uint64_t requests_malformed = 0;   // answered 4xx or 5xx before the handler
  std::uint64_t deadlines_missed = 0;     // idle connections that were closed are not among them
  std::uint64_t handshakes = 0;           // of TLS, that came to their end
  std::uint64_t handshakes_resumed = 0;   // of these, from a ticket
  std::uint64_t handshakes_failed = 0;    // too slow, not TLS, or nothing in common
  std::uint64_t handshakes_refused = 0;   // by may_shake_hands
};

class Server {
 public:
  // Listening when it returns. Errors: unavailable (address in use), invalid (no such address, bad trusted proxy).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual ~Server() = default;  // stops without draining

  virtual std::uint16_t port() const = 0;
  virtual std::uint16_t plain_port() const = 0;  // of the plain door; 0 when there is none
  virtual ServerCounters counters() const = 0;

  // Accepts nothing new, lets open exchanges finish (each with Connection: close), ends streams, closes idle
  // connections; returns when all are done or the time is over.
  virtual void drain(std::chrono::milliseconds at_most) = 0;
};

}  // namespace ostraka::http
