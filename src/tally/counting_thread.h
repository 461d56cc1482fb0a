// The thread that reads the partitions and counts, and publishes what changed, at most ten times a second. Nothing is
// published before it has passed the end of the log that it found when it started, so no count ever goes back.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "log/log.h"
#include "service/elections_follower.h"
#include "tally/core/tally.h"
#include "tally/core/tally_snapshots.h"
#include "tally/publisher.h"

namespace ostraka::tally {

inline constexpr Milliseconds k_publish_interval{100};

// Index snapshots, for a tally that has a place for them.
struct CountingSnapshots {
  snapshot::Sink* sink = nullptr;    // null: none are taken
  snapshot::OpenSource open_source;  // empty: none is looked for
  snapshot::Policy policy;
  // On the counting thread, when it begins.
  std::function<void(const snapshot::Restored&, std::uint64_t records_spared)> on_restored;
};

// What one partition shows to other threads.
struct PartitionProgress {
  std::atomic<std::uint64_t> position{0};
  std::atomic<std::uint64_t> end{0};
  std::atomic<std::uint64_t> unreadable{0};
  std::atomic<std::uint64_t> voters{0};
  std::atomic<bool> unavailable{false};  // it could not be read when it was last tried
};

class CountingThread {
 public:
  // Everything handed in outlives it. `on_failure` runs on the thread, which ends then: the process has to end too.
  CountingThread(log::Log& log, service::ElectionsFollower& elections, Publisher& publisher, std::uint32_t partitions,
                 CountingSnapshots snapshots, std::function<void(const Error&)> on_failure);
  ~CountingThread();

  // How many records a snapshot spared reading.
  std::uint64_t records_spared() const { return records_spared_; }

  bool caught_up() const { return caught_up_; }  // has passed the end that it found at its start
  const PartitionProgress& progress(std::uint32_t partition) const { return progress_[partition]; }

 private:
  void run();
  Status begin();
  Result<snapshot::Restored> restore();
  Status step();
  Result<bool> read_some(std::size_t partition);
  Status apply(TallyPartition& partition, std::string_view record);
  void publish_if_due();
  void begin_exact_rounds();
  void adopt_exact_rounds();
  bool has_passed_start() const;

  log::Log& log_;
  service::ElectionsFollower& elections_;
  Publisher& publisher_;
  const CountingSnapshots snapshot_options_;
  const std::function<void(const Error&)> on_failure_;
  Tally tally_;
  std::optional<TallySnapshots> snapshots_;
  std::vector<std::unique_ptr<log::Reader>> readers_;
  std::vector<Offset> ends_at_start_;
  std::unique_ptr<PartitionProgress[]> progress_;
  std::chrono::steady_clock::time_point published_at_{};
  std::size_t waited_for_ = 0;
  std::future<Result<election::results::ElectionCounts>> exact_;

  std::atomic<std::uint64_t> records_spared_{0};
  std::atomic<bool> caught_up_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace ostraka::tally
