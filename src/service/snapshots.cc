#include "service/snapshots.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "io/posix_file_system.h"
#include "snapshot/files/background_sink.h"
#include "snapshot/files/file_source.h"
#include "snapshot/files/read_ahead.h"

namespace ostraka::service {
namespace {

// Of the disk's free space, which snapshots leave to the log: a few of its segments for every partition of a process.
constexpr std::uintmax_t k_reserve_bytes = std::uintmax_t{1} << 30;

std::string file_name(const std::string& name) { return name + ".snapshot"; }

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class FileSnapshots final : public Snapshots {
 public:
  FileSnapshots(const SnapshotOptions& options, Metrics& metrics)
      : directory_(options.directory),
        written_(metrics.counter("ostraka_snapshots_written_total", "Index snapshots that were written.")),
        failed_(metrics.counter("ostraka_snapshots_failed_total", "Index snapshots that could not be written.")),
        thrown_away_(metrics.counter("ostraka_snapshots_thrown_away_total",
                                     "Index snapshots that were not used at the start because something disagreed.")),
        bytes_(metrics.gauge("ostraka_snapshot_bytes", "Size of the last index snapshot that was written.")),
        seconds_(metrics.gauge("ostraka_snapshot_seconds", "How long the last index snapshot took.")),
        last_(now_seconds()) {
    metrics.gauge_of("ostraka_snapshot_age_seconds",
                     "Since the last index snapshot was written, or the process started.",
                     [this] { return static_cast<double>(now_seconds() - last_.load(std::memory_order_relaxed)); });
    if (!directory_.empty()) {
      writer_ = std::make_unique<snapshot::BackgroundWriter>([this](const snapshot::Report& report) { note(report); });
    }
  }
  ~FileSnapshots() override { writer_.reset(); }  // before the sinks

  snapshot::Sink* sink(const std::string& name) override {
    if (!writer_) {
      return nullptr;
    }
    auto& sink = sinks_[name];
    if (!sink) {
      // An earlier process may have left half of one behind; the space is the log's until the next is due.
      (void)io::posix_file_system().remove(place(name).unfinished_path());
      sink = std::make_unique<snapshot::BackgroundSink>(*writer_, io::posix_file_system(), place(name), [this] {
        std::error_code ec;
        const auto space = std::filesystem::space(directory_, ec);
        return ec || space.available >= k_reserve_bytes;
      });
    }
    return sink.get();
  }

  snapshot::OpenSource open_source(const std::string& name) override {
    if (directory_.empty()) {
      return {};
    }
    return snapshot::read_ahead(
        [place = place(name)] { return snapshot::open_file_source(io::posix_file_system(), place); });
  }

  void tell(const std::string& name, const snapshot::Restored& restored, const std::string& covered) override {
    switch (restored.outcome) {
      case snapshot::Restored::Outcome::none_there:
        return;
      case snapshot::Restored::Outcome::restored:
        spdlog::info("{}: goes on from its index snapshot ({})", name, covered);
        return;
      case snapshot::Restored::Outcome::thrown_away:
        thrown_away_.add();
        spdlog::error("{}: its index snapshot is not used, and the whole log is read instead: {}", name, restored.why);
        return;
    }
  }

 private:
  snapshot::Place place(const std::string& name) const { return {directory_, file_name(name)}; }

  void note(const snapshot::Report& report) {
    const double seconds = std::chrono::duration<double>(report.took).count();
    if (!report.status) {
      failed_.add();
      spdlog::warn("{}: no index snapshot was written: {}", report.name, report.status.error().message);
      return;
    }
    written_.add();
    bytes_.set(static_cast<double>(report.bytes));
    seconds_.set(seconds);
    last_ = now_seconds();
    spdlog::info("{}: written, {} bytes in {:.1f} s", report.name, report.bytes, seconds);
  }

  const std::string directory_;
  Counter& written_;
  Counter& failed_;
  Counter& thrown_away_;
  Gauge& bytes_;
  Gauge& seconds_;
  std::atomic<std::int64_t> last_;
  std::map<std::string, std::unique_ptr<snapshot::BackgroundSink>> sinks_;
  std::unique_ptr<snapshot::BackgroundWriter> writer_;  // last: its thread uses the sinks
};

}  // namespace

void add_snapshot_options(CLI::App& app, SnapshotOptions& options) {
  app.add_option("--snapshots", options.directory,
                 "folder for index snapshots, which make a restart short; default: none are kept");
  app.add_option("--snapshot-records", options.records,
                 "records of a partition after which a snapshot is due; more when there are many voters")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
}

snapshot::Policy policy_of(const SnapshotOptions& options) {
  snapshot::Policy policy;
  policy.records_min = options.records;
  return policy;
}

std::unique_ptr<Snapshots> Snapshots::start(SnapshotOptions options, Metrics& metrics) {
  if (!options.directory.empty()) {
    const Status made = io::posix_file_system().create_directory(options.directory);
    if (!made && made.error().kind != ErrorKind::conflict) {
      spdlog::error("there will be no index snapshots: {}: {}", options.directory, made.error().message);
      options.directory.clear();
    }
  }
  return std::make_unique<FileSnapshots>(options, metrics);
}

}  // namespace ostraka::service
