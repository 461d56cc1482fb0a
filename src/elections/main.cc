// ostraka-elections: the service that owns definitions and life cycle.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <thread>

#include "elections/elections_service.h"
#include "elections/schedule.h"
#include "net/rpc/transport.h"
#include "service/logging.h"
#include "service/process.h"
#include "service/process_metrics.h"

namespace {

using namespace ostraka;

struct Options {
  service::ServiceOptions service{.name = "elections"};
  std::string identity;
  std::vector<std::string> ballotboxes;
  std::string admin_token_file;
  std::uint32_t partitions = 4;
};

Result<std::string> read_admin_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string token((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) {
    token.pop_back();
  }
  if (token.size() < 16) {
    return fail(ErrorKind::invalid, "{} holds no admin token of at least 16 characters", path);
  }
  return token;
}

// A predecessor that is still dying holds the stream's lock for a moment.
Result<std::unique_ptr<elections::ElectionDesk>> open_desk(log::Log& log, elections::Peers& peers,
                                                           std::uint32_t partitions) {
  constexpr int k_attempts_max = 100;
  for (int attempt = 0;; ++attempt) {
    auto desk = elections::ElectionDesk::open(log, system_clock(), peers, partitions);
    if (desk || desk.error().kind != ErrorKind::conflict || attempt >= k_attempts_max) {
      return desk;
    }
    std::this_thread::sleep_for(Milliseconds(100));
  }
}

// The outcome of an append is unknown: only a new process, which reads the log, knows what was decided.
[[noreturn]] void end_process(const Error& error) {
  spdlog::critical("elections cannot go on: {}", error.message);
  const int code = service::exit_code_for(error);
  spdlog::shutdown();
  std::_Exit(code);
}

Status serve(const Options& options) {
  Result<std::string> token = read_admin_token(options.admin_token_file);
  if (!token) {
    return tl::make_unexpected(token.error());
  }
  service::Metrics metrics;
  service::add_process_metrics(metrics);
  auto log = service::open_log(options.service.log_url, &metrics);
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  elections::Peers peers(options.identity, options.ballotboxes, options.partitions);
  auto desk = open_desk(**log, peers, options.partitions);
  if (!desk) {
    return tl::make_unexpected(desk.error());
  }
  elections::Schedule schedule(**desk, system_clock(), end_process);
  metrics.gauge_of("ostraka_elections_closing_waits",
                   "1 while an end by schedule waits because the clocks disagree: an alarm.",
                   [&] { return schedule.closing_waits() ? 1.0 : 0.0; });
  elections::ElectionsService service(**desk, *token, metrics);
  auto server = rpc::Server::start(options.service.rpc_address, {&service});
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  auto management = service::Management::start(options.service, metrics, [&] {
    const Status health = (*desk)->health();
    return service::Readiness{health.has_value(), health ? "" : health.error().message};
  });
  if (!management) {
    return tl::make_unexpected(management.error());
  }
  spdlog::info("elections is ready");
  service::wait_for_stop_signal();
  (*server)->shut_down(std::chrono::seconds(6));
  spdlog::info("elections ends");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Ostraka's definitions and life cycle of elections.", "ostraka-elections");
  Options options;
  service::add_service_options(app, options.service);
  app.add_option("--identity", options.identity, "address of identity")->required();
  app.add_option("--ballotbox", options.ballotboxes, "address of a ballot box; given once for each, or a,b,c")
      ->required()
      ->delimiter(',');
  app.add_option("--admin-token-file", options.admin_token_file, "who holds this token may administer")->required();
  app.add_option("--partitions", options.partitions, "partitions of the ballots stream")->check(CLI::Range(1, 4096));
  if (const auto code = service::parse_options(app, argc, argv)) {
    return *code;
  }
  service::block_stop_signals();
  service::start_logging(options.service.name, options.service.log_level);
  const Status served = serve(options);
  return served ? 0 : service::exit_code_for(served.error());
}
