#include "gateway/tls.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include "service/address.h"

namespace ostraka::gateway {

void add_tls_options(CLI::App& app, TlsOptions& options) {
  app.add_option("--tls-certificate", options.certificate,
                 "PEM file: the certificate and those between it and its authority; --listen speaks HTTPS then");
  app.add_option("--tls-key", options.key, "PEM file: the certificate's key, without a passphrase");
  app.add_option("--tls-oldest", options.oldest, "oldest version of TLS that is spoken")
      ->check(CLI::IsMember({"1.2", "1.3"}))
      ->capture_default_str();
  app.add_option("--tls-ticket-secret", options.ticket_secret,
                 "file of 32 random bytes and more, the same for all gateways that resume each other's sessions "
                 "(default: this process's own)");
  app.add_option("--listen-plain", options.listen_plain, "address and port for HTTP without TLS, beside --listen");
}

Result<std::unique_ptr<tls::ReloadingContext>> start_tls(const TlsOptions& options, const Clock& clock) {
  if (options.certificate.empty() != options.key.empty()) {
    return fail(ErrorKind::invalid, "--tls-certificate and --tls-key belong together");
  }
  if (options.certificate.empty()) {
    return nullptr;
  }
  tls::ReloadingContextOptions files;
  files.certificate_file = options.certificate;
  files.key_file = options.key;
  files.oldest = options.oldest == "1.2" ? tls::OldestVersion::tls_1_2 : tls::OldestVersion::tls_1_3;
  files.ticket_secret_file = options.ticket_secret;
  tls::ReloadingContextObserver observer;
  observer.on_reloaded = [] { spdlog::info("the TLS files have changed; new connections get the new certificate"); };
  observer.on_not_reloaded = [](const std::string& why) {
    spdlog::error("the TLS files have changed and cannot be used, the certificate before stays: {}", why);
  };
  auto started = tls::ReloadingContext::start(std::move(files), clock, std::move(observer));
  if (started && (*started)->counters().certificate_expires <= clock.wall_now()) {
    spdlog::error("the certificate {} has expired: no browser will believe it", options.certificate);
  }
  return started;
}

Result<std::optional<http::DoorAddress>> plain_door(const TlsOptions& options) {
  if (options.listen_plain.empty()) {
    return std::nullopt;
  }
  if (options.certificate.empty()) {
    return fail(ErrorKind::invalid, "--listen-plain is for a gateway whose --listen speaks TLS");
  }
  const Result<service::Address> address = service::parse_address(options.listen_plain);
  if (!address) {
    return tl::make_unexpected(address.error());
  }
  return http::DoorAddress{address->host, address->port};
}

void add_tls_metrics(service::Metrics& metrics, const http::Server& server, const tls::ReloadingContext* context) {
  if (context == nullptr) {
    return;
  }
  const auto counter = [&](const char* name, const char* help, auto read) {
    metrics.counter_of(name, help, [&server, read] { return static_cast<double>(read(server.counters())); });
  };
  counter("ostraka_gateway_tls_handshakes_total", "TLS handshakes that came to their end.",
          [](const http::ServerCounters& c) { return c.handshakes; });
  counter("ostraka_gateway_tls_handshakes_resumed_total", "Of these, those that resumed a session.",
          [](const http::ServerCounters& c) { return c.handshakes_resumed; });
  counter("ostraka_gateway_tls_handshakes_failed_total", "Too slow, not TLS, or nothing in common.",
          [](const http::ServerCounters& c) { return c.handshakes_failed; });
  counter("ostraka_gateway_tls_handshakes_refused_total", "Connections of addresses that asked too often.",
          [](const http::ServerCounters& c) { return c.handshakes_refused; });
  metrics.counter_of("ostraka_gateway_tls_reloads_total", "Changed TLS files that were taken.",
                     [context] { return static_cast<double>(context->counters().reloaded); });
  metrics.gauge_of("ostraka_gateway_tls_files_unusable", "1 while the TLS files are not what is served.",
                   [context] { return context->counters().is_stale ? 1.0 : 0.0; });
  metrics.gauge_of(
      "ostraka_gateway_tls_certificate_expires_timestamp_seconds", "When the certificate in use ends.",
      [context] { return static_cast<double>(to_milliseconds(context->counters().certificate_expires)) / 1e3; });
}

}  // namespace ostraka::gateway
