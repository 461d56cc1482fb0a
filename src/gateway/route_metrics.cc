#include "gateway/route_metrics.h"

#include <string>

#include "base/check.h"

namespace ostraka::gateway {

RouteMetrics::RouteMetrics(service::Metrics& metrics) : metrics_(metrics) {
  for (std::size_t i = 0; i < k_routes; ++i) {
    latency_[i] = &metrics.histogram("ostraka_gateway_request_seconds", "From the request's arrival to its answer.",
                                     service::latency_bounds(),
                                     {{"route", std::string(route_name(static_cast<Route>(i)))}});
  }
}

void RouteMetrics::answered(Route route, unsigned status, std::chrono::nanoseconds took) {
  check(status >= k_status_min && status < k_status_min + k_statuses, "an HTTP status");
  const auto index = static_cast<std::size_t>(route);
  latency_[index]->observe(std::chrono::duration<double>(took).count());
  std::atomic<service::Counter*>& slot = counters_[index][status - k_status_min];
  service::Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_.counter("ostraka_gateway_requests_total", "Requests answered, by route and status.",
                                {{"route", std::string(route_name(route))}, {"status", std::to_string(status)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
}

}  // namespace ostraka::gateway
