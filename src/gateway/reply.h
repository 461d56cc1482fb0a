// The right to answer one request, with its latency and status counted when it is answered.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "gateway/core/route.h"
#include "net/http/server.h"

namespace ostraka::gateway {

class RouteMetrics;

// Move-only. Any thread.
class Reply {
 public:
  Reply(http::Responder responder, RouteMetrics& metrics, Route route)
      : responder_(std::move(responder)), metrics_(&metrics), route_(route), begun_(std::chrono::steady_clock::now()) {}

  void send(http::Response response) &&;
  std::shared_ptr<http::EventStream> start_stream(http::Response head) &&;

 private:
  http::Responder responder_;
  RouteMetrics* metrics_;
  Route route_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace ostraka::gateway
