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

// Of the log in this directory; when there is none yet, as asked for, or the default. Errors: conflict (asked for
// another number than the log has), and what reading says.
Result<std::uint32_t> partitions_of_log(const std::string& log_directory, std::optional<std::uint32_t> asked_for,
                                        unsigned cores);

}  // namespace ostraka::cli
