// ostraka-identity: turns sign-ins into ballot tokens.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "identity/housekeeping.h"
#include "identity/identity_service.h"
#include "net/rpc/transport.h"
#include "service/logging.h"
#include "service/process.h"
#include "service/process_metrics.h"

namespace {

using namespace ostraka;

struct Options {
  Options() { service.name = "identity"; }

  service::ServiceOptions service;
  std::string keys;
  std::string master_key;
  std::string issuers;
  std::string provider_cache;
  bool development_issuer = false;
  std::uint32_t partitions = 4;
  std::size_t threads = std::max(2U, std::thread::hardware_concurrency());
  std::int64_t rotation_hours = 24;
};

// A predecessor that is still dying holds a partition's lock for a moment.
Result<std::unique_ptr<log::Appender>> open_appender(log::Log& log, std::uint32_t partition) {
  constexpr int k_attempts_max = 100;
  for (int attempt = 0;; ++attempt) {
    auto appender = log.open_appender({std::string(log::k_issuances_stream), Partition{partition}});
    if (appender || appender.error().kind != ErrorKind::conflict || attempt >= k_attempts_max) {
      return appender;
    }
    std::this_thread::sleep_for(Milliseconds(100));
  }
}

using Writers = std::vector<std::unique_ptr<identity::IssuanceWriter>>;

Result<Writers> open_writers(log::Log& log, const identity::SigningKeys& keys, const Options& options,
                             identity::IdentityMetrics& counted) {
  const auto paced = std::make_shared<identity::PacedLine>(system_clock(), identity::k_failed_append_line_interval);
  const identity::IssuanceWriterHooks hooks{
      [&counted](std::size_t records, std::chrono::nanoseconds took) {
        counted.append_size.observe(static_cast<double>(records));
        counted.append_seconds.observe(std::chrono::duration<double>(took).count());
      },
      [&counted, paced](const Error& error) {
        counted.append_failures.add();
        if (const auto held_back = paced->due()) {
          spdlog::error("issuances cannot be written: {} ({} more failures were not logged)", error.message,
                        *held_back);
        }
      }};
  Writers writers;
  for (std::uint32_t partition = 0; partition < options.partitions; ++partition) {
    auto appender = open_appender(log, partition);
    if (!appender) {
      return tl::make_unexpected(appender.error());
    }
    writers.push_back(std::make_unique<identity::IssuanceWriter>(std::move(*appender), keys, system_clock(), hooks));
  }
  return writers;
}

// A lost pepper is an alarm of its own: it concerns one election, and the others are served.
service::Readiness readiness(const Writers& writers) {
  const auto failing =
      std::count_if(writers.begin(), writers.end(), [](const auto& writer) { return writer->failing(); });
  if (failing == 0) {
    return {true, ""};
  }
  return {false, fmt::format("issuances cannot be written: the last append to {} of {} partitions failed", failing,
                             writers.size())};
}

Result<std::string> master_key(keys::KeyFiles& files, const Options& options) {
  return options.master_key.empty() ? keys::master_key_or_make(files, system_random())
                                    : keys::read_master_key(options.master_key);
}

void add_gauges(service::Metrics& metrics, const Writers& writers, const identity::IdentityService& service,
                const identity::Housekeeping& housekeeping, const identity::KeyFetcher& keys, bool development) {
  metrics.gauge_of("ostraka_identity_queued_grants", "Issues that wait for their partition's next append.", [&writers] {
    std::size_t queued = 0;
    for (const auto& writer : writers) {
      queued += writer->queued();
    }
    return static_cast<double>(queued);
  });
  metrics.gauge_of("ostraka_identity_queued_batches", "Batches that wait for a thread.",
                   [&service] { return static_cast<double>(service.queued()); });
  metrics.gauge_of("ostraka_identity_elections_refused",
                   "Opened elections whose pepper is lost or another one: an alarm.",
                   [&housekeeping] { return static_cast<double>(housekeeping.elections_refused()); });
  metrics.gauge_of("ostraka_identity_providers_without_keys",
                   "Identity providers that have not said their keys to this process yet.",
                   [&keys] { return static_cast<double>(keys.state().without_keys); });
  metrics.gauge_of("ostraka_identity_provider_keys_age_seconds",
                   "Since when the identity provider that was silent longest has not confirmed its keys.",
                   [&keys] { return static_cast<double>(keys.state().oldest.count()); });
  metrics.gauge("ostraka_identity_development_issuer", "1 where anybody can sign in as anybody.")
      .set(development ? 1 : 0);
}

identity::KeyFetcherHooks key_fetcher_hooks(identity::IdentityMetrics& counted, identity::PacedMessages& messages) {
  return {[](const std::string& issuer, std::size_t keys) { spdlog::info("issuer {} has {} keys", issuer, keys); },
          [&](const std::string& issuer, const std::string& message) {
            counted.key_fetch_failures.add();
            const std::string line = fmt::format("issuer {}: {}; what is known of it stays", issuer, message);
            if (messages.due(line)) {
              spdlog::warn("{}", line);
            }
          },
          [&messages](const std::string& remark) {
            if (messages.due(remark)) {
              spdlog::warn("{}", remark);
            }
          }};
}

std::function<void(const std::string&)> alarm_hook(identity::IdentityMetrics& counted,
                                                   identity::PacedMessages& messages) {
  return [&](const std::string& alarm) {
    counted.alarms.add();
    if (messages.due(alarm)) {
      spdlog::critical("{}", alarm);
    }
  };
}

// Everything up to the log, and then everything that stands on it.
Status serve_on(log::Log& log, keys::KeyStore& store, service::Metrics& metrics, const Options& options) {
  service::add_process_metrics(metrics);
  identity::IdentityMetrics counted(metrics);
  const Clock& clock = system_clock();
  std::optional<identity::DevelopmentIssuer> development;
  if (options.development_issuer) {
    auto issuer = identity::DevelopmentIssuer::from(store);
    if (!issuer) {
      return tl::make_unexpected(issuer.error());
    }
    development = std::move(*issuer);
  }
  auto signing_keys =
      identity::SigningKeys::start(store, clock, {.rotation_interval = std::chrono::hours(options.rotation_hours)});
  if (!signing_keys) {
    return tl::make_unexpected(signing_keys.error());
  }
  auto issuers = identity::IssuerDirectory::start(
      {options.issuers, development ? std::optional(development->issuer()) : std::nullopt}, clock);
  if (!issuers) {
    return tl::make_unexpected(issuers.error());
  }
  auto elections = service::ElectionsFollower::start(log);
  if (!elections) {
    return tl::make_unexpected(elections.error());
  }
  if (const Status as_told = service::check_partitions(log, log::k_issuances_stream, options.partitions); !as_told) {
    return as_told;
  }
  auto writers = open_writers(log, **signing_keys, options, counted);
  if (!writers) {
    return tl::make_unexpected(writers.error());
  }
  identity::PepperVault peppers(store);
  const identity::IssueDesk desk(peppers, {.partitions = options.partitions});
  const identity::ProviderCache cache(options.provider_cache);
  identity::PacedMessages messages(clock, identity::k_same_alarm_interval);
  // Two, so that codes on their way to a provider that hangs leave the keys of all others alone.
  fetch::Fetcher key_fetches;
  fetch::Fetcher code_fetches(identity::k_code_fetch_limits);
  identity::KeyFetcher keys({**issuers, key_fetches, cache, clock}, key_fetcher_hooks(counted, messages));
  identity::log_issuers(**issuers);  // with the keys that were kept
  identity::CodeExchanger codes({**issuers, keys, code_fetches, clock, alarm_hook(counted, messages)});
  const identity::DevelopmentIssuer* const developers = development ? &*development : nullptr;
  identity::IssueCounter counter({**elections, **issuers, keys, desk, *writers, developers, clock, counted});
  identity::Housekeeping housekeeping({**signing_keys, **issuers, keys, peppers, **elections, clock});
  identity::IdentityService service({counter, peppers, **elections, **issuers, codes, developers, options.threads, clock, counted});
  add_gauges(metrics, *writers, service, housekeeping, keys, options.development_issuer);
  auto server = rpc::Server::start(options.service.rpc_address, {&service});
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  auto streams = batch::Server::start(options.service.rpc_address, service.streams());
  if (!streams) {
    return tl::make_unexpected(streams.error());
  }
  auto management = service::Management::start(options.service, metrics, [&writers] { return readiness(*writers); });
  if (!management) {
    return tl::make_unexpected(management.error());
  }
  spdlog::info("identity is ready");
  service::wait_for_stop_signal();
  (*streams)->drain(std::chrono::seconds(4));
  code_fetches.stop();  // answers what waits for a provider
  key_fetches.stop();
  (*server)->shut_down(std::chrono::seconds(2));
  spdlog::info("identity ends");
  return {};
}

Status serve(const Options& options) {
  auto files = keys::open_key_folder(options.keys, system_random(), io::exit_on_storage_failure());
  if (!files) {
    return tl::make_unexpected(files.error());
  }
  Result<std::string> master = master_key(**files, options);
  if (!master) {
    return tl::make_unexpected(master.error());
  }
  keys::KeyStore store(**files, std::move(*master), system_random());
  service::Metrics metrics;
  auto log = service::open_log(options.service.log_url, &metrics);
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  return serve_on(**log, store, metrics, options);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Ostraka's sign-ins: ID tokens in, ballot tokens out.", "ostraka-identity");
  Options options;
  service::add_service_options(app, options.service);
  app.add_option("--keys", options.keys, "folder of the key files")->required();
  app.add_option("--master-key", options.master_key, "file with the master key (default: KEYS/master.key, made once)");
  app.add_option("--issuers", options.issuers, "TOML file of the identity providers that are believed (docs/operating/sign-in.md)");
  app.add_option("--provider-cache", options.provider_cache,
                 "folder where what providers said last is kept for the next start (default: nowhere)");
  app.add_flag("--development-issuer", options.development_issuer, "let anybody sign in as anybody");
  app.add_option("--partitions", options.partitions, "partitions of the issuances stream")->check(CLI::Range(1, 4096));
  app.add_option("--threads", options.threads, "threads that verify sign-ins")->check(CLI::Range(1, 256));
  app.add_option("--rotation-hours", options.rotation_hours, "how long a token key signs")->check(CLI::Range(1, 8760));
  if (const auto code = service::parse_options(app, argc, argv)) {
    return *code;
  }
  service::block_stop_signals();
  identity::block_hangup_signal();
  service::start_logging(options.service.name, options.service.log_level);
  const Status served = serve(options);
  return served ? 0 : service::exit_code_for(served.error());
}
