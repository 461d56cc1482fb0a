// What identity counts, for Prometheus.
#pragma once

#include <string_view>

#include "service/metrics.h"

namespace ostraka::identity {

// Thread-safe.
class IdentityMetrics {
 public:
  explicit IdentityMetrics(service::Metrics& metrics);

  void refused(std::string_view reason);
  void code_exchanged(std::string_view outcome);

  service::Counter& issued;
  service::Counter& development_sign_ins;
  service::Counter& append_failures;
  service::Counter& alarms;
  service::Counter& key_fetch_failures;
  service::Histogram& batch_size;
  service::Histogram& append_size;
  service::Histogram& append_seconds;

 private:
  service::Metrics& metrics_;
};

}  // namespace ostraka::identity
