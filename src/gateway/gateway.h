// Takes each request: limits it, finds its route, hands it to its handler.
#pragma once

#include "gateway/handlers.h"
#include "gateway/route_metrics.h"
#include "net/http/rate_limit.h"
#include "net/http/server.h"

namespace ostraka::gateway {

// Thread-safe. Everything handed in outlives it.
class Gateway {
 public:
  Gateway(Context& context, http::RateLimiter& limiter, const Clock& clock, RouteMetrics& metrics);

  void handle(const http::Request& request, http::Responder responder);
  // Whether this address may have a TLS handshake now. It counts as a request.
  bool may_shake_hands(const http::Address& peer);

 private:
  // False when the address has asked too often, and the reply is gone.
  bool admit(const http::Request& request, Route route, Reply& reply);

  Context& context_;
  http::RateLimiter& limiter_;
  const Clock& clock_;
  RouteMetrics& metrics_;
};

// What the backends' streams, the feed and the hub have to say, for Prometheus.
void add_gateway_metrics(service::Metrics& metrics, const Context& context, const http::Server& server);

}  // namespace ostraka::gateway
