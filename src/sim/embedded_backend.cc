#include "sim/embedded_backend.h"

#include "base/bytes.h"
#include "io/simulated/disk.h"
#include "log/embedded/embedded_log.h"
#include "sim/lying_files.h"
#include "sim/snapshot_place.h"

namespace ostraka::sim {
namespace {

constexpr char k_directory[] = "log";
// Small, so that a run of some hundred records fills several segments.
constexpr std::uint64_t k_segment_bytes = 32 * 1024;
// An append is several durable steps, and a run has many more of them than appends. Writes are what can be torn.
constexpr double k_odds_of_a_step = 0.25;
constexpr double k_odds_of_a_write = 1;

class SimulatedRandom final : public Random {
 public:
  explicit SimulatedRandom(Rng& rng) : rng_(rng) {}
  std::string bytes(std::size_t count) override {
    std::string bytes(count, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(rng_.next());
    }
    return bytes;
  }

 private:
  Rng& rng_;
};

// The log does not need to know the time here: it seals only when it is told to.
class StillClock final : public Clock {
 public:
  WallTime wall_now() const override { return {}; }
  MonotonicTime monotonic_now() const override { return {}; }
};

class EmbeddedProcess final : public LogProcess {
 public:
  EmbeddedProcess(std::unique_ptr<io::SimulatedProcess> files, std::unique_ptr<io::FileSystem> lying,
                  std::unique_ptr<log::Log> log)
      : files_(std::move(files)), lying_(std::move(lying)), log_(std::move(log)) {}
  log::Log& log() override { return *log_; }
  io::FileSystem* files() override { return lying_ ? lying_.get() : static_cast<io::FileSystem*>(files_.get()); }
  void kill() override { files_->kill(); }

 private:
  std::unique_ptr<io::SimulatedProcess> files_;
  std::unique_ptr<io::FileSystem> lying_;  // in front of them, or none
  std::unique_ptr<log::Log> log_;
};

class EmbeddedBackend final : public Backend {
 public:
  EmbeddedBackend(Rng& rng, Syncs syncs) : rng_(rng), syncs_(syncs), random_(rng), disk_(rng.next()) {
    disk_.on_step([this](const io::Step& step) { return outcome_of(step); });
  }

  Result<std::unique_ptr<LogProcess>> start_process() override {
    auto files = disk_.start_process();
    log::EmbeddedOptions options;
    auto lying = syncs_ == Syncs::lying ? lying_files(*files) : nullptr;
    options.files = lying ? lying.get() : static_cast<io::FileSystem*>(files.get());
    io::SimulatedProcess* process = files.get();
    options.fatal = [process](const std::string&) {
      process->kill();
      throw ProcessDied{};
    };
    options.random = &random_;
    options.threads = log::Threads::none;
    options.writer.sizes.fixed_bytes = k_segment_bytes;
    options.writer.clock = &clock_;
    auto log = log::open_embedded_log(k_directory, options);
    if (!log) {
      return tl::make_unexpected(log.error());
    }
    return std::make_unique<EmbeddedProcess>(std::move(files), std::move(lying), std::move(*log));
  }
  void lose_power() override {
    disk_.lose_power();
    wants_reboot_ = false;
  }
  bool wants_reboot() const override { return wants_reboot_; }
  void set_odds(const FaultOdds& odds) override { odds_ = odds; }

 private:
  io::StepOutcome outcome_of(const io::Step& step) {
    using Kind = io::Step::Kind;
    if (rng_.chance(odds_.crash * (step.kind == Kind::write ? k_odds_of_a_write : k_odds_of_a_step))) {
      wants_reboot_ = wants_reboot_ || rng_.chance(odds_.power_goes);
      return io::StepOutcome::crash;
    }
    switch (step.kind) {
      case Kind::sync:
      case Kind::write_back:
      case Kind::sync_directory:
      case Kind::sync_words:
        if (rng_.chance(odds_.sync_fails * k_odds_of_a_step)) {
          wants_reboot_ = wants_reboot_ || (step.kind == Kind::sync_directory && is_of_the_log(step));
          return rng_.chance(0.5) ? io::StepOutcome::fail : io::StepOutcome::fail_but_done;
        }
        return io::StepOutcome::proceed;
      case Kind::create:
      case Kind::write:
      case Kind::allocate:
        return rng_.chance(odds_.disk_full * k_odds_of_a_step) ? io::StepOutcome::disk_full : io::StepOutcome::proceed;
      default:
        return io::StepOutcome::proceed;
    }
  }

  // Snapshots can fail without harm; all else, also the directory above the log, is of the log.
  static bool is_of_the_log(const io::Step& step) { return !step.path.starts_with(SnapshotPlace::k_directory); }

  Rng& rng_;
  Syncs syncs_;
  SimulatedRandom random_;
  StillClock clock_;
  io::SimulatedDisk disk_;
  FaultOdds odds_;
  bool wants_reboot_ = false;
};

}  // namespace

std::unique_ptr<Backend> make_embedded_backend(Rng& rng, Syncs syncs) {
  return std::make_unique<EmbeddedBackend>(rng, syncs);
}

}  // namespace ostraka::sim
