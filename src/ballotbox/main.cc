// ostraka-ballotbox: accepts each ballot once and makes it durable.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "ballotbox/ballot_box_service.h"
#include "ballotbox/cast_stream.h"
#include "ballotbox/metrics.h"
#include "ballotbox/partitions.h"
#include "ballotbox/reloading_rules.h"
#include "io/fatal.h"
#include "keys/key_store.h"
#include "keys/token_keyring.h"
#include "net/batch/server.h"
#include "net/rpc/batch_streams.h"
#include "net/rpc/transport.h"
#include "service/elections_follower.h"
#include "service/logging.h"
#include "service/process.h"
#include "service/process_metrics.h"
#include "service/snapshots.h"
#include "snapshot/files/loading.h"

namespace {

using namespace ostraka;

constexpr std::chrono::seconds k_drain{10};
// At the end, when others take over what is served here.
constexpr std::chrono::milliseconds k_quiet_before_stopping{1'500};
constexpr std::chrono::seconds k_leaving_max{10};

struct Options {
  service::ServiceOptions service{.name = "ballotbox"};
  std::string keys;
  std::string master_key;  // empty: in the keys folder
  std::uint32_t partitions = 4;
  service::SnapshotOptions snapshots;
};

// The secrets this service may read: token keys to verify with, and the receipt key.
struct Secrets {
  std::unique_ptr<keys::KeyFiles> files;
  std::unique_ptr<keys::KeyStore> store;
  std::unique_ptr<keys::TokenKeyring> keyring;
  std::string receipt_key;
};

// Whether anybody has written to the ballots stream before.
Result<bool> has_ballots(log::Log& log, std::uint32_t partitions) {
  for (std::uint32_t i = 0; i < partitions; ++i) {
    auto reader = log.open_reader({std::string(log::k_ballots_stream), Partition{i}}, Offset{0});
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    const Result<Offset> end = (*reader)->end();
    if (!end) {
      return tl::make_unexpected(end.error());
    }
    if (end->value > 0) {
      return true;
    }
  }
  return false;
}

// The receipt key is made before the first ballot. With another one the same ballot would have another hash, and its
// voter would be told that another ballot counts: so a lost key is an error, never a new key.
Result<std::string> receipt_key(keys::KeyStore& store, log::Log& log, std::uint32_t partitions) {
  const Result<std::optional<std::string>> stored = store.receipt_key();
  if (!stored) {
    return tl::make_unexpected(stored.error());
  }
  if (!*stored) {
    const Result<bool> too_late = has_ballots(log, partitions);
    if (!too_late) {
      return tl::make_unexpected(too_late.error());
    }
    if (*too_late) {
      return fail(ErrorKind::damaged, "the receipt key is gone, and there are ballots that need it; restore the keys");
    }
  }
  return store.receipt_key_or_make();
}

Result<Secrets> open_secrets(const Options& options, log::Log& log) {
  Secrets secrets;
  auto files = keys::open_key_folder(options.keys, system_random(), io::exit_on_storage_failure());
  if (!files) {
    return tl::make_unexpected(files.error());
  }
  secrets.files = std::move(*files);
  Result<std::string> master = options.master_key.empty()
                                   ? keys::master_key_or_make(*secrets.files, system_random())
                                   : keys::read_master_key(options.master_key);
  if (!master) {
    return tl::make_unexpected(master.error());
  }
  secrets.store = std::make_unique<keys::KeyStore>(*secrets.files, std::move(*master), system_random());
  auto keyring = keys::TokenKeyring::start(*secrets.store, system_clock());
  if (!keyring) {
    return tl::make_unexpected(keyring.error());
  }
  secrets.keyring = std::move(*keyring);
  Result<std::string> key = receipt_key(*secrets.store, log, options.partitions);
  if (!key) {
    return tl::make_unexpected(key.error());
  }
  secrets.receipt_key = std::move(*key);
  return secrets;
}

// Reads the token keys again every few seconds, until it is destroyed.
class KeyRefresher {
 public:
  explicit KeyRefresher(keys::TokenKeyring& keyring) : thread_([this, &keyring] { run(keyring); }) {}
  ~KeyRefresher() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
  }

 private:
  void run(keys::TokenKeyring& keyring) {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, keys::k_keyring_refresh_interval, [this] { return stopping_; })) {
      if (const Status refreshed = keyring.refresh(); !refreshed) {
        spdlog::error("the token keys cannot be read again: {}", refreshed.error().message);
      }
    }
  }

  std::mutex mutex_;  // guards stopping_
  bool stopping_ = false;
  std::condition_variable stop_;
  std::thread thread_;
};

// What the partitions share, in the order in which it must be destroyed last to first.
struct BallotBox {
  explicit BallotBox(const Options& given) : options(given) {}
  ~BallotBox() {
    sharing.reset();
    if (partitions) {
      partitions->stop();  // their threads ask for elections
    }
    elections.reset();  // wakes partitions until it is gone
    partitions.reset();
  }

  const Options& options;
  std::unique_ptr<log::Log> log;
  Secrets secrets;
  std::unique_ptr<service::Snapshots> snapshots;
  service::Histogram* group_commits = nullptr;
  std::unique_ptr<service::ElectionsFollower> elections;
  std::unique_ptr<ballotbox::Partitions> partitions;
  std::unique_ptr<log::Sharing> sharing;
  std::atomic<bool> is_alone{false};
};

// A partition that failed takes the process along: its supervisor starts it afresh, or calls the operator.
[[noreturn]] void end_process(Partition partition, const Error& error) {
  spdlog::critical("partition {} failed: {}", partition.value, error.message);
  const int code = service::exit_code_for(error);
  spdlog::shutdown();
  std::_Exit(code);
}

double seconds(std::chrono::nanoseconds span) { return std::chrono::duration<double>(span).count(); }

void tell_of_start(const BallotBox& box, const std::string& name, const ballotbox::StartReport& started) {
  box.snapshots->tell(name, started.restored, fmt::format("offset {}", started.replayed_from.value));
  spdlog::info("{}: started: the log's check took {:.1f} s, the rest of the snapshot {:.1f} s, "
               "reading {} records {:.1f} s",
               name, seconds(started.checked_log), seconds(started.restored_snapshot),
               started.replayed_to.value - started.replayed_from.value, seconds(started.replayed));
}

std::unique_ptr<ballotbox::PartitionThread> make_partition(BallotBox& box, Partition partition) {
  const std::string name = fmt::format("ballotbox-{}", partition.value);
  ballotbox::OwnerOptions owner_options;
  owner_options.partition = partition;
  owner_options.partitions = box.options.partitions;
  owner_options.snapshots = {box.snapshots->sink(name), {}, service::policy_of(box.options.snapshots)};
  const std::shared_ptr<ballotbox::VoteRules> rules =
      ballotbox::reloading_vote_rules(*box.secrets.keyring, box.secrets.receipt_key);
  const auto refresh = [&box]() -> Result<ballotbox::ElectionsView> {
    auto catalogue = box.elections->caught_up();
    if (!catalogue) {
      return tl::make_unexpected(catalogue.error());
    }
    return ballotbox::elections_of(*catalogue);
  };
  // One for all attempts to start, until one of them has taken it.
  const auto loading = std::make_shared<std::optional<snapshot::Loading<ballotbox::LoadedSnapshot>>>();
  const auto start = [&box, rules, refresh, owner_options, loading, open = box.snapshots->open_source(name)] {
    ballotbox::OwnerOptions with_snapshot = owner_options;
    if (open) {
      if (!*loading) {
        loading->emplace(open, ballotbox::load_snapshot);  // beside the log's check
      }
      with_snapshot.snapshots.load = [&loading = *loading] {
        ballotbox::LoadedSnapshot loaded = loading->take();
        loading.reset();
        return loaded;
      };
    }
    return ballotbox::PartitionOwner::start(std::move(with_snapshot), *box.log, system_clock(), *rules, refresh);
  };
  ballotbox::PartitionThreadHooks hooks;
  hooks.on_group_commit = [&box](std::size_t votes) { box.group_commits->observe(static_cast<double>(votes)); };
  hooks.on_failure = end_process;
  hooks.on_start = [&box, name](const ballotbox::PartitionOwner& owner) { tell_of_start(box, name, owner.started()); };
  return std::make_unique<ballotbox::PartitionThread>(partition, system_clock(), start, std::move(hooks));
}

// Takes part in sharing the partitions.
Status take_part(BallotBox& box) {
  const std::string stream(log::k_ballots_stream);
  if (const Status as_told = service::check_partitions(*box.log, stream, box.options.partitions); !as_told) {
    return as_told;
  }
  auto sharing = box.log->share({stream, "ballotbox", box.options.partitions, [&box](const log::Share& share) {
                                   box.is_alone = share.is_alone;
                                   box.partitions->take_share(share.partitions);
                                 }});
  if (!sharing) {
    return tl::make_unexpected(sharing.error());
  }
  box.sharing = std::move(*sharing);
  return {};
}

Status serve(const Options& options) {
  service::Metrics metrics;
  service::add_process_metrics(metrics);
  service::Histogram& group_commits = metrics.histogram("ostraka_ballotbox_group_commit_votes",
                                                        "Votes that went through one group commit.",
                                                        service::size_bounds());
  BallotBox box(options);
  box.group_commits = &group_commits;
  auto log = service::open_log(options.service.log_url, &metrics);
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  box.log = std::move(*log);
  Result<Secrets> secrets = open_secrets(options, *box.log);
  if (!secrets) {
    return tl::make_unexpected(secrets.error());
  }
  box.secrets = std::move(*secrets);
  box.snapshots = service::Snapshots::start(options.snapshots, metrics);
  box.partitions = std::make_unique<ballotbox::Partitions>(
      [&box](Partition partition) { return make_partition(box, partition); });
  auto elections = service::ElectionsFollower::start(*box.log, [&box](const auto&) { box.partitions->wake(); });
  if (!elections) {
    return tl::make_unexpected(elections.error());
  }
  box.elections = std::move(*elections);
  const KeyRefresher refresher(*box.secrets.keyring);
  if (const Status taking_part = take_part(box); !taking_part) {
    return taking_part;
  }

  ballotbox::BallotBoxService service(*box.partitions, options.partitions);
  ballotbox::CastStream casts(*box.partitions, options.partitions);
  ballotbox::add_partition_metrics(metrics, *box.partitions, options.partitions, casts);
  auto server = rpc::Server::start(options.service.rpc_address, {&service});
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  auto streams = batch::Server::start(
      options.service.rpc_address,
      {{std::string(rpc::k_cast_stream), [&casts](std::unique_ptr<batch::Call> call) { casts.take(std::move(call)); }}});
  if (!streams) {
    return tl::make_unexpected(streams.error());
  }
  auto management = service::Management::start(options.service, metrics, [&box] {
    const std::string reason = ballotbox::why_not_ready(*box.partitions);
    return service::Readiness{reason.empty(), reason};
  });
  if (!management) {
    return tl::make_unexpected(management.error());
  }
  service::wait_for_stop_signal();
  spdlog::info("draining");
  box.sharing.reset();
  if (!box.is_alone) {
    box.partitions->leave(k_quiet_before_stopping, k_leaving_max);  // until the others have been found
  }
  (*streams)->drain(k_drain);
  box.partitions->stop();
  (*server)->shut_down(std::chrono::seconds(1));
  spdlog::info("ballotbox ends");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Accepts each ballot once and makes it durable.", "ostraka-ballotbox");
  Options options;
  service::add_service_options(app, options.service);
  app.add_option("--keys", options.keys, "folder of the wrapped keys")->required();
  app.add_option("--master-key", options.master_key,
                 "file of the key that the others are wrapped under; default: master.key in the keys folder");
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
