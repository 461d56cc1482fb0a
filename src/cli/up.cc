// `ostraka up`: everything on one machine.
//
// The main thread supervises; it is the only one that starts processes, because a service dies with the thread that
// started it. Signals are blocked everywhere and taken by that thread, so nothing happens inside a handler.
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/demonstration.h"
#include "cli/file_lock.h"
#include "cli/listening.h"
#include "cli/partitions.h"
#include "cli/readiness.h"
#include "cli/services.h"
#include "cli/stop_signals.h"
#include "cli/supervisor.h"
#include "cli/terminal.h"
#include "service/logging.h"
#include "service/process.h"

namespace ostraka::cli {
namespace {

constexpr std::string_view k_file_scheme = "file://";
constexpr std::string_view k_kafka_scheme = "kafka://";
constexpr Milliseconds k_old_services_wait_max{60'000};
constexpr Milliseconds k_probe_pause{50};
constexpr Milliseconds k_not_ready_notice{10'000};
constexpr Milliseconds k_idle_wait{60'000};

struct UpOptions {
  std::string data = "./ostraka-data";
  std::string listen = "127.0.0.1:8080";
  std::string tls_certificate;
  std::string tls_key;
  std::string listen_plain;
  std::string log_url;
  std::optional<std::uint32_t> partitions;
  std::string issuers;
  std::string management = "127.0.0.1:0";
  std::string log_level = "info";
  int ballot_boxes = 1;
  int tallies = 1;
  std::vector<std::string> also_listen;
  bool demo = false;
  bool allow_development_sign_in = false;
  std::string config;  // where the options came from; the services read their own tables of it
};

// People read a terminal, machines read the rest; DIR/logs/up.log keeps both.
void start_up_logging(const DataDirectory& directory, const std::string& level) {
  auto terminal = std::make_shared<spdlog::sinks::stderr_sink_st>();
  auto file = std::make_shared<spdlog::sinks::basic_file_sink_st>(directory.logs() + "/up.log");
  auto logger = std::make_shared<spdlog::logger>("up", spdlog::sinks_init_list{terminal, file});
  logger->set_formatter(service::json_lines("up"));
  if (stderr_is_terminal()) {
    terminal->set_pattern("%H:%M:%S %l: %v");
  }
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

// Locks out another `up`, then waits for services that an earlier one left dying.
struct Locks {
  FileLock supervisor;
  FileLock services;
};
Result<Locks> take_locks(const DataDirectory& directory) {
  auto supervisor = FileLock::try_take(directory.supervisor_lock());
  if (!supervisor) {
    return tl::make_unexpected(supervisor.error());
  }
  if (!*supervisor) {
    return fail(ErrorKind::conflict, "another `ostraka up` is running on {} (its process id is in {})",
                directory.path(), directory.supervisor_lock());
  }
  if (const auto noted = (*supervisor)->note(fmt::format("{}\n", getpid())); !noted) {
    return tl::make_unexpected(noted.error());
  }
  Milliseconds waited{0};
  while (true) {
    auto services = FileLock::try_take(directory.services_lock());
    if (!services) {
      return tl::make_unexpected(services.error());
    }
    if (*services) {
      return Locks{std::move(**supervisor), std::move(**services)};
    }
    if (waited.count() == 0) {
      spdlog::warn("waiting for services of an earlier run that are still stopping");
    }
    if (waited >= k_old_services_wait_max) {
      return fail(ErrorKind::conflict,
                  "services of an earlier run are still there after {} s; {} says which processes they are",
                  waited.count() / 1000, directory.pids());
    }
    if (wait_for_stop_or_child(k_probe_pause) == Woken::to_stop) {
      return fail(ErrorKind::unavailable, "stopped while waiting for services of an earlier run");
    }
    waited += k_probe_pause;
  }
}

// What the outside has to know that is not in a log: the first time votes can be cast.
class FirstReady {
 public:
  FirstReady(const DataDirectory& directory, const UpOptions& options, service::Address address)
      : directory_(directory), options_(options), address_(std::move(address)) {}

  bool is_said() const { return said_.load(); }

  // Asks, and says so the first time that the answer is yes. Blocks for at most a few seconds.
  void probe() {
    service::Address local = address_;
    if (local.host == "0.0.0.0") {
      local.host = "127.0.0.1";
    } else if (local.host == "::") {
      local.host = "::1";
    }
    ApiOptions gateway;
    gateway.server = scheme() + local.text();
    // Its certificate is for the name that voters use, and need not be known to this machine: it has to be that very
    // one.
    gateway.trust = {options_.tls_certificate, http::ClientTrust::Name::may_differ};
    if (!is_ready(gateway.server, gateway.trust)) {
      waited_ += k_probe_pause;
      if (waited_.count() % k_not_ready_notice.count() == 0) {
        spdlog::warn("votes cannot be cast yet; {}/*.log say why", directory_.logs());
      }
      return;
    }
    if (options_.demo && !demonstrate(gateway)) {
      return;
    }
    print(fmt::format("ready {}{}\n", scheme(), address_.text()));
    said_.store(true);
  }

 private:
  std::string scheme() const { return options_.tls_certificate.empty() ? "http://" : "https://"; }

  bool demonstrate(const ApiOptions& gateway) {
    auto token = read_admin_token(directory_.admin_token());
    auto api = token ? Api::connect(gateway, *token) : Result<Api>(tl::make_unexpected(token.error()));
    const auto done = api ? ensure_demonstration(*api) : Status(tl::make_unexpected(api.error()));
    if (!done && !complained_) {
      complained_ = true;
      spdlog::error("the demonstration election: {}", done.error().message);
    }
    return done.has_value();
  }

  const DataDirectory& directory_;
  const UpOptions& options_;
  service::Address address_;
  Milliseconds waited_{0};
  bool complained_ = false;
  std::atomic<bool> said_{false};  // read by the management thread
};

// What up's own /readyz says. Thread-safe.
service::Readiness readiness(const Supervisor& supervisor, const FirstReady& ready) {
  if (supervisor.has_halted()) {
    return {false, "a service stays down until an operator has looked: up.log says which and what to do"};
  }
  return {ready.is_said(), ready.is_said() ? "" : "votes cannot be cast yet"};
}

// Until a stop signal comes, or something stands in the way of ever being ready. The exit code.
int supervise(Supervisor& supervisor, FirstReady& ready) {
  while (true) {
    supervisor.tend();
    if (!ready.is_said()) {
      if (supervisor.has_halted()) {
        return failed("a service cannot be started; see above");
      }
      ready.probe();
    }
    Milliseconds wait = supervisor.next_due().value_or(k_idle_wait);
    if (!ready.is_said()) {
      wait = std::min(wait, k_probe_pause);
    }
    if (wait_for_stop_or_child(wait) == Woken::to_stop) {
      return supervisor.has_halted() ? k_exit_failed : k_exit_done;
    }
  }
}

Result<std::uint32_t> partitions_of(const std::string& log_url, const DataDirectory& directory,
                                    const UpOptions& options) {
  if (log_url.starts_with(k_kafka_scheme)) {
    return settle_kafka_partitions(log_url, options.partitions);
  }
  if (!log_url.starts_with(k_file_scheme)) {
    return fail(ErrorKind::invalid, "--log {}: expected file://DIR or kafka://host:port,host:port", log_url);
  }
  return settle_partitions({log_url.substr(k_file_scheme.size()), directory.partitions(), options.partitions,
                            std::thread::hardware_concurrency()});
}

Result<ServicesOptions> services_options(const DataDirectory& directory, const UpOptions& options,
                                         const service::Address& address) {
  ServicesOptions services;
  const std::filesystem::path binaries = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  services.binaries = binaries;
  // Where they are built, or installed: beside the folder of the binaries.
  if (const auto web = binaries.parent_path() / "web"; std::filesystem::exists(web)) {
    services.web = web;
  }
  services.log_url = options.log_url.empty() ? "file://" + directory.log() : options.log_url;
  const auto partitions = partitions_of(services.log_url, directory, options);
  if (!partitions) {
    return tl::make_unexpected(partitions.error());
  }
  services.partitions = *partitions;
  auto sockets = directory.sockets();
  if (!sockets) {
    return tl::make_unexpected(sockets.error());
  }
  services.sockets = *sockets;
  services.listen = address;
  services.listen_plain = options.listen_plain;
  if (!options.tls_certificate.empty()) {
    services.tls_certificate = std::filesystem::absolute(options.tls_certificate);
    services.tls_key = std::filesystem::absolute(options.tls_key);
  }
  services.log_level = options.log_level;
  services.ballot_boxes = options.ballot_boxes;
  services.tallies = options.tallies;
  services.also_listen = options.also_listen;
  services.issuers = options.issuers.empty() ? "" : std::filesystem::absolute(options.issuers).string();
  services.config = options.config.empty() ? "" : std::filesystem::absolute(options.config).string();
  const auto plain = options.listen_plain.empty() ? Result<service::Address>(address)
                                                  : service::parse_address(options.listen_plain);
  if (!plain) {
    return tl::make_unexpected(plain.error());
  }
  bool all_loopback = address.is_loopback() && plain->is_loopback();
  for (const std::string& listen : options.also_listen) {
    const auto also = service::parse_address(listen);
    if (!also) {
      return tl::make_unexpected(also.error());
    }
    all_loopback = all_loopback && also->is_loopback();
  }
  if (all_loopback || options.allow_development_sign_in) {
    services.development_sign_in = DevelopmentSignIn::on;
    spdlog::warn("the development sign-in is on: anybody who reaches {} can vote under any name", address.text());
  }
  return services;
}

int run_services(const DataDirectory& directory, const UpOptions& options, const service::Address& address) {
  auto locks = take_locks(directory);
  if (!locks) {
    return failed(locks.error());
  }
  const auto listen = free_address(address);
  if (!listen) {
    return failed(listen.error());
  }
  if (const auto made = directory.ensure_admin_token(); !made) {
    return failed(made.error());
  }
  const auto services = services_options(directory, options, *listen);
  if (!services) {
    return failed(services.error());
  }
  const std::vector<ServiceSpec> specs = services_of(directory, *services);
  for (const ServiceSpec& spec : specs) {
    std::error_code ignored;  // what needs the folder says so
    std::filesystem::create_directories(std::filesystem::path(spec.management_file).parent_path(), ignored);
  }
  service::Metrics metrics;
  Supervisor supervisor({.services = specs,
                         .stopping = stopping_order(specs),
                         .surroundings = {directory.logs(), locks->services.descriptor()},
                         .data_directory = directory.path(),
                         .pids_path = directory.pids(),
                         .is_ready = [](const ServiceSpec& service) {
                           return is_ready_by_file(service.management_file);
                         }},
                        system_clock(), metrics);
  FirstReady ready(directory, options, *listen);
  service::ServiceOptions own;
  own.name = "up";
  own.run_directory = directory.run();
  own.management_address = options.management;
  const auto management = service::Management::start(
      own, metrics, [&] { return readiness(supervisor, ready); });
  if (!management) {
    return failed(management.error());
  }
  supervisor.start_all();
  const int code = supervise(supervisor, ready);
  supervisor.stop_all();
  return code;
}

int up(const UpOptions& options) {
  block_supervisor_signals();
  const auto address = service::parse_address(options.listen);
  if (!address) {
    failed(address.error());
    return k_exit_wrong_usage;
  }
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    failed("--tls-certificate and --tls-key belong together");
    return k_exit_wrong_usage;
  }
  if (options.ballot_boxes > 1 && !options.log_url.starts_with(k_kafka_scheme)) {
    failed("--ballot-boxes: several share the partitions of a log on Kafka; the log on this machine has one writer");
    return k_exit_wrong_usage;
  }
  const auto directory = DataDirectory::prepare(options.data);
  if (!directory) {
    return failed(directory.error());
  }
  start_up_logging(*directory, options.log_level);
  if (directory->is_in_memory()) {
    spdlog::warn("{} lies in memory (tmpfs): votes do not survive a restart of this machine", directory->path());
  }
  return run_services(*directory, options, *address);
}

}  // namespace

void add_up(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("up", "Start everything on this machine and keep it running");
  auto options = std::make_shared<UpOptions>();
  command->add_option("--data", options->data, "data directory")->capture_default_str();
  command->add_option("--listen", options->listen, "address of the gateway, host:port")->capture_default_str();
  command->add_option("--tls-certificate", options->tls_certificate,
                      "PEM file of the gateway's certificate and those above it: --listen speaks HTTPS then");
  command->add_option("--tls-key", options->tls_key, "PEM file of the certificate's key");
  command->add_option("--listen-plain", options->listen_plain, "address of the gateway without TLS, beside --listen");
  command->add_option("--log", options->log_url, "the log: file://DIR or kafka://… (default: in the data directory)");
  command->add_option("--partitions", options->partitions,
                      "of a new log: which cannot change afterwards (default: one for every four cores)")
      ->check(CLI::Range(1U, k_partitions_max));
  command->add_option("--ballot-boxes", options->ballot_boxes, "how many share the partitions of a log on Kafka")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_option("--tallies", options->tallies, "how many count; the gateways show whichever is ahead")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_option("--also-listen", options->also_listen, "address of one more gateway; may be given several times");
  command->add_option("--issuers", options->issuers, "TOML file of the identity providers that are believed");
  command->add_option("--management", options->management, "address of up's own /healthz, /readyz, /metrics")
      ->capture_default_str();
  command->add_option("--log-level", options->log_level, "how much is logged, here and by the services")
      ->capture_default_str()
      ->check(CLI::IsMember(service::log_levels()));
  command->add_flag("--demo", options->demo, "create and open a demonstration election");
  command->add_flag("--allow-development-sign-in", options->allow_development_sign_in,
                    "let anybody sign in under any name although --listen is not loopback");
  commands.push_back({command, [&app, options] {
                        if (const auto* config = app.get_option("--config"); config->count() > 0) {
                          options->config = config->as<std::string>();
                        }
                        return up(*options);
                      }});
}

}  // namespace ostraka::cli
