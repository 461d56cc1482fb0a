#include <spdlog/spdlog.h>

#include <fstream>

#include "net/http/server.h"
#include "service/address.h"
#include "service/process.h"
#include "service/process_metrics.h"

namespace ostraka::service {
namespace {

constexpr std::size_t k_connections_max = 64;

http::Response text(unsigned status, std::string body) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body), .headers = {}};
}

http::Response answer(const http::Request& request, const Metrics& metrics,
                      const std::function<Readiness()>& readiness) {
  if (request.method != "GET") {
    return text(405, "GET only\n");
  }
  if (request.path == "/healthz") {
    return text(200, "alive\n");
  }
  if (request.path == "/readyz") {
    const Readiness now = readiness();
    return now.ready ? text(200, "ready\n") : text(503, now.reason + "\n");
  }
  if (request.path == "/metrics") {
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics.render(),
            .headers = {}};
  }
  return text(404, "/healthz, /readyz, /metrics\n");
}

// By rename, so that a reader sees the old line or the new one. Nothing is lost when it does not survive a crash: it
// is written again at every start.
Status publish(const std::string& path, const std::string& address) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << address << "\n";
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::unavailable, "{} cannot be written", path);
  }
  return {};
}

class ServerManagement final : public Management {
 public:
  ServerManagement(std::unique_ptr<http::Server> server, std::string address)
      : server_(std::move(server)), address_(std::move(address)) {}
  std::string address() const override { return address_; }

 private:
  std::unique_ptr<http::Server> server_;
  std::string address_;
};

}  // namespace

Result<std::unique_ptr<Management>> Management::start(const ServiceOptions& options, Metrics& metrics,
                                                      std::function<Readiness()> readiness) {
  add_process_metrics(metrics);
  auto address = parse_address(options.management_address);
  if (!address) {
    return tl::make_unexpected(address.error());
  }
  http::ServerOptions server_options;
  server_options.address = address->host;
  server_options.port = address->port;
  server_options.limits.connections_max = k_connections_max;
  auto server = http::Server::start(
      std::move(server_options),
      [&metrics, readiness = std::move(readiness)](const http::Request& request, http::Responder responder) {
        std::move(responder).send(answer(request, metrics, readiness));
      });
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  address->port = (*server)->port();
  const auto published = publish(options.run_directory + "/" + options.name + ".management", address->text());
  if (!published) {
    return tl::make_unexpected(published.error());
  }
  return std::make_unique<ServerManagement>(std::move(*server), address->text());
}

int exit_code_for(const Error& error) {
  spdlog::critical("{}", error.message);
  switch (error.kind) {
    case ErrorKind::damaged:
      return k_exit_log_damaged;
    case ErrorKind::invalid:
      return 2;
    default:
      return 1;
  }
}

}  // namespace ostraka::service
