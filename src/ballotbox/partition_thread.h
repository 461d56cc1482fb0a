// One partition, one thread: takes votes from a queue, gives all that wait to the owner as one group commit, and hands
// the answers back. While one append is being synced the next batch gathers in the queue.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "ballotbox/core/partition_owner.h"
#include "base/result.h"
#include "base/unique_function.h"

namespace ostraka::ballotbox {

inline constexpr std::size_t k_queued_votes_max = 65'536;    // a partition; beyond, a vote is unavailable at once
inline constexpr std::size_t k_group_commit_votes_max = 4'096;

// Votes of one gateway batch for this partition. The views live until done() was called.
struct CastWork {
  std::vector<CastInput> inputs;
  UniqueFunction<void(std::span<CastAnswer>)> done;  // may take the answers; on the partition's thread, once
};

struct SettleWork {
  std::string election;
  UniqueFunction<void(Result<SettledState>)> done;
};

// A copy of what the owner knows, for other threads.
struct PartitionStatus {
  bool ready = false;
  std::string reason = "starting";  // why not ready
  bool serves = false;              // votes are answered, though perhaps by saying that the disk is full
  OwnerCounters counters;
  once::VerdictCounts verdicts;  // of all elections
  std::uint64_t unreadable = 0;
  std::size_t index_entries = 0;
  std::uint64_t end = 0;
  bool closing_waits = false;
  std::size_t faults = 0;
  std::size_t queued = 0;
  std::uint64_t replayed_from = 0;  // what a snapshot had spared reading at the start
};

struct PartitionThreadHooks {
  std::function<void(std::size_t votes)> on_group_commit;
  // The owner broke down, or could not start: the process has to end.
  std::function<void(Partition, const Error&)> on_failure;
  // It started: on its thread, before the first vote.
  std::function<void(const PartitionOwner&)> on_start = [](const PartitionOwner&) {};
};

// Thread-safe.
class PartitionThread {
 public:
  using StartOwner = std::function<Result<std::unique_ptr<PartitionOwner>>()>;

  // `start` runs on the new thread: replaying a partition may take long. It is tried again while another process still
  // holds the partition, or the disk is full.
  PartitionThread(Partition partition, const Clock& clock, StartOwner start, PartitionThreadHooks hooks);
  ~PartitionThread();

  enum class Taken {
    yes,
    not_running,  // starting or stopping: the work is untouched
    full,         // too much waits: the work is untouched
  };
  [[nodiscard]] Taken cast(CastWork&& work);
  void settle(SettleWork work);

  // The elections changed: markers may be due.
  void wake();

  // Answers what is queued, then ends the thread.
  void stop();

  PartitionStatus status() const;

  // When a vote came last; the epoch when none did.
  std::chrono::steady_clock::time_point last_asked() const { return last_asked_; }

 private:
  enum class Phase { starting, running, stopping };

  void run();
  bool start_owner();
  void serve();
  bool wait_for_work(std::vector<CastWork>& casts, std::vector<SettleWork>& settles, bool& woken);
  void settle_and_answer(std::vector<SettleWork>& settles);
  bool deadline_is_due() const;
  bool is_overdue() const;
  void cast_together(std::vector<CastWork>& casts);
  void go_on_with_snapshot();
  void publish_status();

  const Partition partition_;
  const Clock& clock_;
  const StartOwner start_;
  const PartitionThreadHooks hooks_;
  std::atomic<std::chrono::steady_clock::time_point> last_asked_{};
  std::unique_ptr<PartitionOwner> owner_;  // the thread's own, as are the next four
  bool is_behind_ = false;                 // as it was told of last
  MonotonicTime not_settled_before_{};     // after a failure: markers are not tried again before this
  MonotonicTime not_ready_before_{};       // after the log refused an append
  MonotonicTime no_slice_before_{};        // of a snapshot
  std::uint64_t refused_before_ = 0;       // appends that it had refused when that was last looked at

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  Phase phase_ = Phase::starting;
  bool stop_ = false;
  bool woken_ = false;
  std::vector<CastWork> casts_;
  std::vector<SettleWork> settles_;  // as many as there are calls of `elections`
  std::size_t queued_votes_ = 0;
  PartitionStatus status_;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace ostraka::ballotbox
