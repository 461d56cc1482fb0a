// A log in memory with the contract of log/log.h and the manners of one on the network: appends time out and land late
// or in pieces, and, when it is not fenced, several writers of one partition write in between each other, find no leader
// to read from, and are told ends by leaders that have just become one and know less than what is durable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/backend.h"

namespace ostraka::sim {

enum class Writers : std::uint8_t { one, many };
enum class AppendReturns : std::uint8_t { when_durable, before_durable };  // the second is a broken variant

class MemoryBackend final : public Backend {
 public:
  MemoryBackend(Rng& rng, Writers writers, AppendReturns returns) : rng_(rng), writers_(writers), returns_(returns) {}

  Result<std::unique_ptr<LogProcess>> start_process() override;
  void lose_power() override;
  void set_odds(const FaultOdds& odds) override { odds_ = odds; }

 private:
  friend class MemoryLog;
  friend class MemoryAppender;
  friend class MemoryReader;

  struct Liveness {
    bool alive = true;
  };
  struct PartitionStore {
    std::vector<std::string> records;
    std::size_t durable = 0;
    std::vector<std::vector<std::string>> late;  // timed out, and may land yet
    std::shared_ptr<Liveness> writer;
    bool may_be_uncertain = false;
    bool end_may_lag = false;
  };
  using Key = std::pair<std::string, std::uint32_t>;

  PartitionStore& partition(const log::PartitionName& name);
  Result<Offset> append(PartitionStore& store, Liveness& process, const std::vector<std::string>& records);
  Offset land(PartitionStore& store, const std::vector<std::string>& records);
  void land_some_late(PartitionStore& store);
  void lose_what_is_not_durable();
  std::size_t readable(const PartitionStore& store) const {
    return returns_ == AppendReturns::when_durable ? store.durable : store.records.size();
  }

  Rng& rng_;
  Writers writers_;
  AppendReturns returns_;
  FaultOdds odds_;
  std::map<Key, PartitionStore> partitions_;
  std::vector<std::weak_ptr<Liveness>> processes_;
};

}  // namespace ostraka::sim
