// What the workers of one server share. Outlives the server for as long as anybody holds a Responder.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "net/http/proxies.h"
#include "net/http/request_parser.h"
#include "net/http/server.h"
#include "net/tls/reloading_context.h"

namespace ostraka::http {

struct ServerState {
  ServerState(ServerOptions& options, TrustedProxies with_proxies, Handler with_handler)
      : limits(options.limits),
        bounds{limits.header_bytes_max, limits.fields_max, limits.body_bytes_max},
        proxies(std::move(with_proxies)),
        handler(std::move(with_handler)),
        on_turn_end(std::move(options.on_turn_end)),
        may_shake_hands(std::move(options.may_shake_hands)),
        tls(options.tls) {}

  const Limits limits;
  const RequestParser::Bounds bounds;
  const TrustedProxies proxies;
  const Handler handler;
  const std::function<void(unsigned)> on_turn_end;
  const std::function<bool(const Address&)> may_shake_hands;
  const tls::ReloadingContext* const tls;

  std::atomic<bool> is_draining{false};
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> requests_malformed{0};
  std::atomic<std::uint64_t> deadlines_missed{0};
  std::atomic<std::uint64_t> handshakes{0};
  std::atomic<std::uint64_t> handshakes_resumed{0};
  std::atomic<std::uint64_t> handshakes_failed{0};
  std::atomic<std::uint64_t> handshakes_refused{0};

  void connection_closed() {
    if (connections_open.fetch_sub(1) == 1) {
      const std::lock_guard lock(closing);
      all_closed.notify_all();
    }
  }
  std::mutex closing;  // guards nothing but the wait on all_closed
  std::condition_variable all_closed;
};

}  // namespace ostraka::http
