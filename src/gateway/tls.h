// The gateway's own TLS: its options, its certificate while that is renewed, and what the metrics say of both.
#pragma once

#include <memory>
#include <string>

#include "net/http/server.h"
#include "net/tls/reloading_context.h"
#include "service/metrics.h"

namespace CLI {
class App;
}

namespace ostraka::gateway {

struct TlsOptions {
  std::string certificate;  // empty: HTTP, as behind something that ends TLS
  std::string key;
  std::string oldest = "1.3";
  std::string ticket_secret;
  std::string listen_plain;
};

void add_tls_options(CLI::App& app, TlsOptions& options);

// Null without a certificate. Logs when the files have changed, and an alarm when they cannot be used. Errors: invalid.
Result<std::unique_ptr<tls::ReloadingContext>> start_tls(const TlsOptions& options, const Clock& clock);

// The door without TLS, when one is wanted. Errors: invalid.
Result<std::optional<http::DoorAddress>> plain_door(const TlsOptions& options);

// `context` may be null: then there is nothing to say. Both outlive the metrics' rendering.
void add_tls_metrics(service::Metrics& metrics, const http::Server& server, const tls::ReloadingContext* context);

}  // namespace ostraka::gateway
