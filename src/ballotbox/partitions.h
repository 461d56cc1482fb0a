// The partitions that this ballot box serves now: those of its share, and those that have left it a moment ago.
//
// Intuition: two owners of one partition are harmless (the log decides), an hour without any is not, and neither is a
// second of refusals at each hand-over. So a partition that leaves the share goes on being served until nobody asks for
// it any more, because the gateways have found its new owner; and at most for a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ballotbox/partition_thread.h"

namespace ostraka::ballotbox {

struct LeavingOptions {
  // A partition that left is let go when no vote has come for so long,
  std::chrono::milliseconds quiet{5'000};
  // and at the latest after this: its new owner may never get ready, but two that serve for long slow each other down.
  std::chrono::milliseconds at_most{60'000};
};

struct HeldPartition {
  Partition partition;
  bool in_share = false;
  std::shared_ptr<PartitionThread> thread;
};

// Thread-safe.
class Partitions {
 public:
  using Make = std::function<std::unique_ptr<PartitionThread>(Partition)>;

  // `make` is called under a lock, on the thread that calls take_share().
  explicit Partitions(Make make, LeavingOptions leaving = {});
  ~Partitions();

  // Begins those that are new; those that are not in it any more leave. Quick.
  void take_share(const std::set<Partition>& share);

  // Whether there was a share ever: before, nobody knows what to serve.
  bool has_share() const;

  // Null when it is not here.
  std::shared_ptr<PartitionThread> find(Partition partition) const;
  std::vector<HeldPartition> held() const;

  // The elections changed.
  void wake();

  // Nothing is in the share any more; returns when nobody has asked for anything for `quiet`, at most after `at_most`.
  void leave(std::chrono::milliseconds quiet, std::chrono::milliseconds at_most);

  // Answers what is queued, then ends their threads. None is begun afterwards.
  void stop();

 private:
  struct Held {
    std::shared_ptr<PartitionThread> thread;
    bool in_share = true;
    std::chrono::steady_clock::time_point left_at{};
  };

  void run();
  std::vector<std::shared_ptr<PartitionThread>> take_quiet_ones();

  const Make make_;
  const LeavingOptions leaving_;
  mutable std::mutex mutex_;  // guards the four below
  std::map<Partition, Held> held_;
  bool has_share_ = false;
  bool stopping_ = false;
  std::condition_variable changed_;
  std::thread thread_;  // lets go of those that left
};

// Why this ballot box is not ready; empty when it is.
std::string why_not_ready(const Partitions& partitions);

}  // namespace ostraka::ballotbox
