// The HTTP/1.1 server: Boost.Beast's parser fed by hand on Asio, one worker thread per core with SO_REUSEPORT.
//
// A connection carries one exchange at a time: its next request is read when its reply is written. A request is handed
// to the handler on the worker's thread, and the views in it live until the Responder was used or dropped. The reply may
// be sent from any thread; it is written by the connection's worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ostraka::http {

struct Limits {
  std::size_t header_bytes_max = 8 * 1024;             // beyond: 431, closed
  std::size_t body_bytes_max = 64 * 1024;              // beyond: 413, closed
  std::size_t connections_max = 10'000;                // of the whole server; beyond: accepted and closed
  std::size_t requests_per_connection_max = 100'000;   // then Connection: close
  std::chrono::milliseconds header_deadline{10'000};   // from the first byte of a request to the end of its header
  std::chrono::milliseconds body_deadline{10'000};
  std::chrono::milliseconds idle_deadline{75'000};     // between requests
  std::chrono::milliseconds write_deadline{10'000};    // a reply that is not taken
};

struct Request {
  std::string_view method;
  std::string_view target;  // as sent
  std::string_view path;    // up to '?', not decoded
  std::string_view query;   // behind '?'
  std::string_view body;
  std::string_view peer;    // the client's address, without port: the socket's, or behind trusted proxies the forwarded one
  unsigned worker = 0;      // index of the thread this runs on

  // The field's value, or empty; names compare without case. A field sent twice where that is not allowed (RFC 9110) is
  // refused by the server before the handler sees it.
  std::string_view header(std::string_view name) const;

  const void* fields = nullptr;  // the parser's, behind header()
};

struct Response {
  unsigned status = 200;
  std::string content_type;  // empty: no body expected
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// A reply that goes on: server-sent events. Thread-safe; a slow reader is cut off at its write deadline or when more than
// `backlog_bytes_max` wait.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual void send(std::shared_ptr<const std::string> bytes) = 0;
  virtual void close() = 0;
  virtual bool is_open() const = 0;
};

// The right to answer one request, once. Move-only. Dropping it unanswered answers 500.
class Responder {
 public:
  class Target {
   public:
    virtual ~Target() = default;
    virtual void send(Response response) = 0;
    virtual std::shared_ptr<EventStream> start_stream(Response head) = 0;
    // Runs on the connection's worker thread, soon.
    virtual void post(std::function<void()> work) = 0;
  };

  explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept = default;
  ~Responder();

  void send(Response response) &&;                                       // any thread
  std::shared_ptr<EventStream> start_stream(Response head) &&;           // any thread; head's body is sent first

 private:
  std::shared_ptr<Target> target_;
};

using Handler = std::function<void(const Request&, Responder)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  unsigned workers = 1;
  Limits limits;
  std::vector<std::string> trusted_proxies;  // addresses or networks (10.0.0.0/8); X-Forwarded-For is believed only from these
};

// What the server counts by itself; read at any time from any thread.
struct ServerCounters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;     // over connections_max
  std::uint64_t requests_malformed = 0;      // answered 4xx before the handler
  std::uint64_t deadlines_missed = 0;
};

class Server {
 public:
  // Listening when it returns. Errors: unavailable (address in use).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual ~Server() = default;  // stops without draining

  virtual std::uint16_t port() const = 0;
  virtual ServerCounters counters() const = 0;

  // Accepts nothing new, lets open exchanges finish (each with Connection: close), closes idle connections; returns when
  // all are done or the time is over.
  virtual void drain(std::chrono::milliseconds at_most) = 0;
};

}  // namespace ostraka::http
