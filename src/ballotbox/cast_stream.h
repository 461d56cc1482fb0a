// Votes as the gateways send them: splits each batch by partition, puts the answers together again, and replies when
// all of them are there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ballotbox/partitions.h"
#include "net/batch/server.h"

namespace ostraka::ballotbox {

class CastStream {
 public:
  // REQUIRES: `partitions`, those of `partitions_count` that are here, outlives it.
  CastStream(Partitions& partitions, std::uint32_t partitions_count)
      : partitions_(partitions), partitions_count_(partitions_count) {}

  // One thread at a time. What is no batch of votes breaks its stream.
  void take(std::unique_ptr<batch::Call> call);

  // Any thread.
  std::uint64_t votes_refused_at_once() const { return refused_at_once_.load(std::memory_order_relaxed); }
  std::uint64_t votes_not_taken() const { return not_taken_.load(std::memory_order_relaxed); }

 private:
  class Split;
  struct Part;

  std::optional<Partition> partition_for(const CastInput& vote);
  void hand_out(const std::shared_ptr<Split>& split, Partition partition, Part part);

  Partitions& partitions_;
  const std::uint32_t partitions_count_;
  std::string scratch_;
  std::atomic<std::uint64_t> not_taken_{0};        // the partition is not here, or not running
  std::atomic<std::uint64_t> refused_at_once_{0};  // a queue was full
};

}  // namespace ostraka::ballotbox
