#include "ballotbox/partitions.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace ostraka::ballotbox {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_look_around{250};
constexpr std::chrono::milliseconds k_look_while_leaving{20};

bool is_quiet(const PartitionThread& partition, steady_clock::time_point left_at, steady_clock::duration quiet) {
  return steady_clock::now() - std::max(left_at, partition.last_asked()) >= quiet;
}

}  // namespace

Partitions::Partitions(Make make, LeavingOptions leaving)
    : make_(std::move(make)), leaving_(leaving), thread_([this] { run(); }) {}

Partitions::~Partitions() { stop(); }

void Partitions::take_share(const std::set<Partition>& share) {
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return;
  }
  has_share_ = true;
  for (auto& [partition, held] : held_) {
    if (held.in_share && !share.contains(partition)) {
      held.in_share = false;
      held.left_at = steady_clock::now();
      spdlog::info("partition {} leaves", partition.value);
    }
  }
  for (const Partition partition : share) {
    Held& held = held_[partition];
    held.in_share = true;
    if (!held.thread) {
      held.thread = make_(partition);
    }
  }
}

bool Partitions::has_share() const {
  const std::lock_guard lock(mutex_);
  return has_share_;
}

std::shared_ptr<PartitionThread> Partitions::find(Partition partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(partition);
  return found == held_.end() ? nullptr : found->second.thread;
}

std::vector<HeldPartition> Partitions::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<HeldPartition> all;
  for (const auto& [partition, held] : held_) {
    all.push_back({partition, held.in_share, held.thread});
  }
  return all;
}

void Partitions::wake() {
  for (const HeldPartition& held : held()) {
    held.thread->wake();
  }
}

void Partitions::leave(std::chrono::milliseconds quiet, std::chrono::milliseconds at_most) {
  take_share({});
  const auto begun = steady_clock::now();
  const auto someone_asks = [&] {
    const auto all = held();
    return std::any_of(all.begin(), all.end(), [&](const HeldPartition& held) {
      return !is_quiet(*held.thread, begun, quiet);
    });
  };
  while (steady_clock::now() - begun < at_most && someone_asks()) {
    std::this_thread::sleep_for(k_look_while_leaving);
  }
}

void Partitions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
  for (const HeldPartition& held : held()) {
    held.thread->stop();
  }
}

void Partitions::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, k_look_around, [this] { return stopping_; });
    auto let_go = take_quiet_ones();
    lock.unlock();
    for (const auto& partition : let_go) {
      partition->stop();  // answers what it has
    }
    let_go.clear();
    lock.lock();
  }
}

// REQUIRES: the mutex is held.
std::vector<std::shared_ptr<PartitionThread>> Partitions::take_quiet_ones() {
  std::vector<std::shared_ptr<PartitionThread>> let_go;
  for (auto at = held_.begin(); at != held_.end() && !stopping_;) {
    Held& held = at->second;
    const bool is_over = !held.in_share && (is_quiet(*held.thread, held.left_at, leaving_.quiet) ||
                                            steady_clock::now() - held.left_at >= leaving_.at_most);
    if (!is_over) {
      ++at;
      continue;
    }
    spdlog::info("partition {} is let go", at->first.value);
    let_go.push_back(std::move(held.thread));
    at = held_.erase(at);
  }
  return let_go;
}

std::string why_not_ready(const Partitions& partitions) {
  if (!partitions.has_share()) {
    return "the other ballot boxes have not agreed yet on who has which partition";
  }
  std::string reasons;
  for (const HeldPartition& held : partitions.held()) {
    const PartitionStatus status = held.thread->status();
    if (held.in_share && !status.ready) {
      reasons += fmt::format("{}partition {}: {}", reasons.empty() ? "" : "; ", held.partition.value, status.reason);
    }
  }
  return reasons;
}

}  // namespace ostraka::ballotbox
