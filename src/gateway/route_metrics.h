// Requests by route and status, and latency by route.
#pragma once

#include <array>
#include <atomic>
#include <chrono>

#include "gateway/core/route.h"
#include "service/metrics.h"

namespace ostraka::gateway {

// Thread-safe; counting takes no lock but for the first answer of a status.
class RouteMetrics {
 public:
  explicit RouteMetrics(service::Metrics& metrics);
  void answered(Route route, unsigned status, std::chrono::nanoseconds took);

 private:
  static constexpr unsigned k_status_min = 100;
  static constexpr unsigned k_statuses = 500;

  service::Metrics& metrics_;
  std::array<service::Histogram*, k_routes> latency_{};
  std::array<std::array<std::atomic<service::Counter*>, k_statuses>, k_routes> counters_{};
};

}  // namespace ostraka::gateway
