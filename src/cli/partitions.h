// How many partitions a machine's log has: those that it was begun with, for an election that was opened with so many
// finds its voters nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace ostraka::cli {

inline constexpr std::uint32_t k_partitions_max = 256;

// For a new log on a machine with so many cores: as few as keep up with the gateway, since each syncs by itself
// (docs/decisions/0070).
std::uint32_t default_partitions(unsigned cores);

struct PartitionsQuestion {
  std::string log_directory;
  std::string note;  // file where `up` writes the number down before anything makes the first partition
  std::optional<std::uint32_t> asked_for;
  unsigned cores = 1;
};

// As noted; else of the log, which may be one that was restored or older than the note; when there is none yet, as asked
// for, or the default. The note is there when it returns. Errors: conflict (asked for another number than the log has),
// damaged (the note), and what reading and writing say.
Result<std::uint32_t> settle_partitions(const PartitionsQuestion& question);

// The same of a log on Kafka: as many as its topic of ballots has. Errors: conflict (asked for another number), not_found
// (topics are missing: says how they are made), invalid (topics that could lose votes), and what asking the cluster says.
Result<std::uint32_t> settle_kafka_partitions(const std::string& log_url, std::optional<std::uint32_t> asked_for);

}  // namespace ostraka::cli
