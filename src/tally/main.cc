// ostraka-tally: follows the ballots log and counts.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include "net/rpc/transport.h"
#include "service/elections_follower.h"
#include "service/logging.h"
#include "service/process.h"
#include "service/process_metrics.h"
#include "service/snapshots.h"
#include "tally/counting_thread.h"

namespace {

using namespace ostraka;

struct Options {
  service::ServiceOptions service{.name = "tally"};
  std::uint32_t partitions = 4;
  service::SnapshotOptions snapshots;
};

[[noreturn]] void end_process(const Error& error) {
  spdlog::critical("the tally cannot go on: {}", error.message);
  const int code = service::exit_code_for(error);
  spdlog::shutdown();
  std::_Exit(code);
}

void add_metrics(service::Metrics& metrics, const tally::CountingThread& counting, const tally::Publisher& publisher,
                 std::uint32_t partitions) {
  for (std::uint32_t i = 0; i < partitions; ++i) {
    const service::Labels labels{{"partition", std::to_string(i)}};
    const tally::PartitionProgress& progress = counting.progress(i);
    metrics.gauge_of("ostraka_tally_position", "Records counted.", [&] { return static_cast<double>(progress.position); },
                     labels);
    metrics.gauge_of(
        "ostraka_tally_lag_records", "Durable records that are not counted yet.",
        [&] { return static_cast<double>(progress.end) - static_cast<double>(progress.position); }, labels);
    metrics.gauge_of("ostraka_tally_voters", "Voters whose ballot counts, of all elections.",
                     [&] { return static_cast<double>(progress.voters); }, labels);
    metrics.counter_of("ostraka_tally_records_unreadable_total", "Records that are neither vote nor marker: an alarm.",
                       [&] { return static_cast<double>(progress.unreadable); }, labels);
  }
  metrics.gauge_of("ostraka_tally_records_spared", "Records of the log that were not read at the start: in the snapshot.",
                   [&] { return static_cast<double>(counting.records_spared()); });
  metrics.gauge_of("ostraka_tally_followers", "Gateways that follow.",
                   [&] { return static_cast<double>(publisher.followers()); });
}

Status serve(const Options& options) {
  service::Metrics metrics;
  service::add_process_metrics(metrics);
  auto log = service::open_log(options.service.log_url, &metrics);
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  if (const Status as_told = service::check_partitions(**log, log::k_ballots_stream, options.partitions); !as_told) {
    return as_told;
  }
  auto elections = service::ElectionsFollower::start(**log);
  if (!elections) {
    return tl::make_unexpected(elections.error());
  }
  const auto snapshots = service::Snapshots::start(options.snapshots, metrics);
  constexpr const char* k_snapshot = "tally";
  const tally::CountingSnapshots counting_snapshots{
      snapshots->sink(k_snapshot), snapshots->open_source(k_snapshot), service::policy_of(options.snapshots),
      [&](const snapshot::Restored& restored, std::uint64_t spared) {
        snapshots->tell(k_snapshot, restored, fmt::format("{} records", spared));
      }};
  tally::Publisher publisher;
  tally::CountingThread counting(**log, **elections, publisher, options.partitions, counting_snapshots, end_process);
  add_metrics(metrics, counting, publisher, options.partitions);
  auto server = rpc::Server::start(options.service.rpc_address, {&publisher});
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  auto management = service::Management::start(options.service, metrics, [&] {
    const bool ready = counting.caught_up();
    return service::Readiness{ready, ready ? "" : "catching up with the log"};
  });
  if (!management) {
    return tl::make_unexpected(management.error());
  }
  service::wait_for_stop_signal();
  publisher.close();
  (*server)->shut_down(std::chrono::seconds(1));
  spdlog::info("tally ends");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Follows the ballots log and counts.", "ostraka-tally");
  Options options;
  service::add_service_options(app, options.service);
  app.add_option("--partitions", options.partitions, "partitions of the ballots stream")->check(CLI::Range(1, 4096));
  service::add_snapshot_options(app, options.snapshots);
  if (const auto code = service::parse_options(app, argc, argv)) {
    return *code;
  }
  service::block_stop_signals();
  service::start_logging(options.service.name, options.service.log_level);
  const Status served = serve(options);
  return served ? 0 : service::exit_code_for(served.error());
}
