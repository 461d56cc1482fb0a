// ostraka-gateway: the only door from outside.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"
#include "gateway/gateway.h"
#include "gateway/openapi_document.h"
#include "gateway/site_files.h"
#include "gateway/tls.h"
#include "service/address.h"
#include "service/logging.h"
#include "service/process.h"
#include "service/process_metrics.h"

namespace {

using namespace ostraka;

constexpr std::chrono::seconds k_drain{8};
// An ID token travels in a header and may have 16 KiB: providers put a person's groups into it.
constexpr std::size_t k_header_bytes_max = 20 * 1024;

struct Options {
  service::ServiceOptions service{.name = "gateway"};
  std::string listen = "127.0.0.1:8080";
  std::vector<std::string> tallies;
  gateway::BackendAddresses backends;
  unsigned workers = std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
  std::uint32_t partitions = 4;
  http::Limits limits = {.header_bytes_max = k_header_bytes_max};
  std::vector<std::string> trusted_proxies;
  double rate_per_address = 50;
  std::uint32_t rate_burst = 200;
  bool unlimited_loopback = false;
  std::size_t in_flight_max = 20'000;
  std::string web;
  gateway::HandlerOptions handlers;
  gateway::TlsOptions tls;
};

void add_options(CLI::App& app, Options& options) {
  service::add_service_options(app, options.service);
  app.add_option("--listen", options.listen, "address and port for everybody")->capture_default_str();
  gateway::add_tls_options(app, options.tls);
  app.add_option("--identity", options.backends.identity, "address of identity")->required();
  app.add_option("--elections", options.backends.elections, "address of elections")->required();
  app.add_option("--ballotbox", options.backends.ballotboxes, "address of a ballot box; given once for each, or a,b,c")
      ->required()
      ->delimiter(',');
  app.add_option("--tally", options.tallies, "address of a tally; given once for each, or a,b,c")
      ->required()
      ->delimiter(',');
  app.add_option("--partitions", options.partitions, "partitions of the ballots stream")->check(CLI::Range(1, 4096));
  app.add_option("--workers", options.workers, "threads that serve connections")->check(CLI::Range(1, 64));
  app.add_option("--connections-max", options.limits.connections_max, "connections at a time; beyond, closed at once")
      ->capture_default_str();
  app.add_option("--event-streams-max", options.handlers.event_streams_max,
                 "watchers of live results at a time; beyond, 503. Leave connections for voters")
      ->capture_default_str();
  app.add_option("--in-flight-max", options.in_flight_max,
                 "votes that may be on their way for each worker; beyond, 503 at once")
      ->capture_default_str();
  app.add_option("--rate-per-address", options.rate_per_address,
                 "requests a second from one address (IPv6: one /64); 0: no limit")
      ->capture_default_str();
  app.add_option("--rate-burst", options.rate_burst, "requests that an address may send at once")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--unlimited-loopback", options.unlimited_loopback, "no limit for requests from this machine");
  app.add_option("--web", options.web, "folder of the web pages; without it there are none");
  app.add_option("--embed-ancestors", options.handlers.embed_ancestors,
                 "who may show /embed/ID in a frame: sources as in a Content-Security-Policy")
      ->capture_default_str();
  app.add_option("--trusted-proxy", options.trusted_proxies,
                 "address or network (10.0.0.0/8) whose X-Forwarded-For is believed; may be given several times");
}

http::RateLimitOptions rate_limit(const Options& options) {
  http::RateLimitOptions limit;
  limit.per_second = options.rate_per_address;
  limit.burst = options.rate_burst;
  limit.loopback = options.unlimited_loopback ? http::LoopbackPolicy::exempt : http::LoopbackPolicy::limited;
  limit.seed = load_le<std::uint64_t>(system_random().bytes(sizeof(std::uint64_t)).data());
  return limit;
}

Result<std::unique_ptr<http::Server>> listen(const Options& options, const tls::ReloadingContext* tls,
                                             gateway::Gateway& gateway, gateway::Backends& backends,
                                             gateway::Backends::Contexts contexts) {
  const Result<service::Address> address = service::parse_address(options.listen);
  if (!address) {
    return tl::make_unexpected(address.error());
  }
  const auto plain_door = gateway::plain_door(options.tls);
  if (!plain_door) {
    return tl::make_unexpected(plain_door.error());
  }
  http::ServerOptions server;
  server.address = address->host;
  server.port = address->port;
  server.workers = options.workers;
  server.contexts = std::move(contexts);
  server.limits = options.limits;
  server.trusted_proxies = options.trusted_proxies;
  server.tls = tls;
  server.plain_door = *plain_door;
  server.may_shake_hands = [&gateway](const http::Address& peer) { return gateway.may_shake_hands(peer); };
  server.on_turn_end = [&backends](unsigned worker) { backends.worker(worker).flush(); };
  return http::Server::start(std::move(server), [&gateway](const http::Request& request, http::Responder responder) {
    gateway.handle(request, std::move(responder));
  });
}

Status serve(const Options& options) {
  service::Metrics metrics;
  service::add_process_metrics(metrics);
  auto log = service::open_log(options.service.log_url, &metrics);
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  auto elections = service::ElectionsFollower::start(**log);
  if (!elections) {
    return tl::make_unexpected(elections.error());
  }
  gateway::RouteMetrics routes(metrics);  // outlives the backends, which answer what is left when they end
  batch::ClientOptions batches;
  batches.departure = batch::Departure::at_flush;  // at the end of a worker's turn
  batches.in_flight_max = 2;  // one is being synced, and one waits for its turn; the rest gathers for a larger one
  batches.pending_max = options.in_flight_max;
  gateway::ResultsFeed results(options.tallies, system_clock());
  gateway::EventHub events([&](const std::string& election) {
    return gateway::visible_document(**elections, results, election);
  });
  gateway::Backends::Contexts contexts;  // of the server's workers, which serve the backends' streams too
  for (unsigned i = 0; i < options.workers; ++i) {
    contexts.push_back(std::make_shared<boost::asio::io_context>(1));
  }
  auto backends = gateway::Backends::start(options.backends, options.partitions, contexts, batches);
  if (!backends) {
    return tl::make_unexpected(backends.error());
  }
  gateway::ReadinessWatch readiness(**backends, results);
  auto site = gateway::read_site(options.web);
  if (!site) {
    return tl::make_unexpected(site.error());
  }
  gateway::Context context{options.handlers,
                           **elections,
                           **backends,
                           results,
                           events,
                           readiness,
                           std::string(gateway::openapi_document()),
                           std::move(*site),
                           {}};
  http::RateLimiter limiter(rate_limit(options));
  gateway::Gateway gateway(context, limiter, system_clock(), routes);
  const auto tls = gateway::start_tls(options.tls, system_clock());
  if (!tls) {
    return tl::make_unexpected(tls.error());
  }
  auto server = listen(options, tls->get(), gateway, **backends, contexts);
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  gateway::add_gateway_metrics(metrics, context, **server);
  gateway::add_tls_metrics(metrics, **server, tls->get());
  auto management = service::Management::start(options.service, metrics, [&readiness] {
    std::string reason = readiness.why_not_ready();
    return service::Readiness{reason.empty(), std::move(reason)};
  });
  if (!management) {
    return tl::make_unexpected(management.error());
  }
  spdlog::info("listening on {}, port {}{}", options.listen, (*server)->port(), *tls ? " (TLS)" : "");
  if (!options.tls.listen_plain.empty()) {
    spdlog::info("listening on {}, port {} without TLS", options.tls.listen_plain, (*server)->plain_port());
  }
  service::wait_for_stop_signal();
  spdlog::info("draining");
  (*server)->drain(k_drain);
  while (context.calls > 0 || context.waiting > 0) {  // each has a deadline of its own
    std::this_thread::sleep_for(Milliseconds(10));
  }
  spdlog::info("gateway ends");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The only door from outside: HTTP, limits, live results.", "ostraka-gateway");
  Options options;
  add_options(app, options);
  if (const auto code = service::parse_options(app, argc, argv)) {
    return *code;
  }
  service::raise_file_limit();
  service::block_stop_signals();
  service::start_logging(options.service.name, options.service.log_level);
  const Status served = serve(options);
  return served ? 0 : service::exit_code_for(served.error());
}
