// Asks every ballot box what it serves, several times a second, each on a thread of its own; what follows from the
// answers is where votes go.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/core/ballot_box_routes.h"
#include "ostraka/v1/ballotbox_service.grpc.pb.h"

namespace ostraka::gateway {

inline constexpr std::size_t k_ballot_boxes_max = 64;

// Thread-safe.
class BallotBoxWatch {
 public:
  // REQUIRES: at most k_ballot_boxes_max addresses.
  BallotBoxWatch(const std::vector<std::string>& addresses, std::uint32_t partitions);
  ~BallotBoxWatch();

  // Never null. A new object, with a higher version, whenever something changed.
  std::shared_ptr<const BallotBoxRoutes> routes() const;
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // Somebody has a vote for a partition that nobody serves, or was told so: they are asked again soon.
  void hurry();

  // Empty: every partition is served, and can be written.
  std::string why_not_ready() const;

 private:
  // One ballot box; its members are its thread's, but for the stub.
  struct Box {
    std::unique_ptr<v1::BallotBox::Stub> stub;
    int silences = 0;  // one after the other
    std::thread thread;
  };

  void run(std::uint32_t number);
  void ask(std::uint32_t number);
  void heard(std::uint32_t number, std::optional<BallotBoxState> state, std::string trouble);
  void follow();

  const std::uint32_t partitions_;
  std::vector<Box> boxes_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;  // guards the six below
  BallotBoxStates states_;
  std::vector<std::string> troubles_;  // by ballot box
  std::shared_ptr<const BallotBoxRoutes> routes_;
  std::uint64_t hurries_ = 0;
  bool stopping_ = false;
  std::condition_variable changed_;
};

}  // namespace ostraka::gateway
