#include "identity/metrics.h"

#include <string>

namespace ostraka::identity {

IdentityMetrics::IdentityMetrics(service::Metrics& metrics)
    : issued(
          metrics.counter("ostraka_identity_issued_total", "Ballot tokens issued, each after its record was durable.")),
      development_sign_ins(
          metrics.counter("ostraka_identity_development_sign_ins_total", "ID tokens of the development issuer.")),
      append_failures(metrics.counter("ostraka_identity_append_failures_total", "Appends to issuances that failed.")),
      alarms(metrics.counter("ostraka_identity_alarms_total",
                             "Requests refused for what an operator has to mend, such as a lost pepper.")),
      key_fetch_failures(metrics.counter("ostraka_identity_key_fetch_failures_total",
                                         "Fetches of an identity provider's keys that failed.")),
      batch_size(metrics.histogram("ostraka_identity_batch_requests", "Requests in a batch of a gateway.",
                                   service::size_bounds())),
      append_size(metrics.histogram("ostraka_identity_append_records", "Records in one append to issuances.",
                                    service::size_bounds())),
      append_seconds(metrics.histogram("ostraka_identity_append_seconds",
                                       "One append to issuances until it is durable.", service::latency_bounds())),
      metrics_(metrics) {}

void IdentityMetrics::code_exchanged(std::string_view outcome) {
  metrics_
      .counter("ostraka_identity_code_exchanges_total", "Authorization codes that a provider was asked about.",
               {{"outcome", std::string(outcome)}})
      .add();
}

void IdentityMetrics::refused(std::string_view reason) {
  metrics_
      .counter("ostraka_identity_refused_total", "Requests for ballot tokens that were refused.",
               {{"reason", std::string(reason)}})
      .add();
}

}  // namespace ostraka::identity
