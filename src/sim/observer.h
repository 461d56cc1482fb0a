// Reads along as any reading process may: how far the log is durable, and when a close was first to be seen.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/backend.h"
#include "sim/clock.h"
#include "sim/history.h"

namespace ostraka::sim {

class Observer {
 public:
  Observer(Backend& backend, const TrueTime& time, History& history, std::uint32_t partitions)
      : backend_(backend), time_(time), history_(history), partitions_(partitions) {}

  // Reads what is new; notes the closes that it sees.
  void look(Partition partition);
  Offset end(Partition partition) const { return positions_.at(partition.value); }
  void power_lost();
  void start();

  // Every durable record of the partition, read from its start by a process that has just started.
  static std::vector<std::string> read_all(Backend& backend, Partition partition, History& history);

 private:
  Backend& backend_;
  const TrueTime& time_;
  History& history_;
  std::uint32_t partitions_;
  std::unique_ptr<LogProcess> process_;
  std::map<std::uint32_t, std::unique_ptr<log::Reader>> readers_;
  std::map<std::uint32_t, Offset> positions_;
};

}  // namespace ostraka::sim
