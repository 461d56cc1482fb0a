#include "cli/partitions.h"

#include <algorithm>

#include "io/posix_file_system.h"
#include "log/embedded/layout.h"

namespace ostraka::cli {

namespace {

constexpr unsigned k_cores_a_partition = 4;

}  // namespace

std::uint32_t default_partitions(unsigned cores) {
  return std::clamp(cores / k_cores_a_partition, 1U, k_partitions_max);
}

Result<std::uint32_t> partitions_of_log(const std::string& log_directory, std::optional<std::uint32_t> asked_for,
                                        unsigned cores) {
  const auto names = log::list_partitions(io::posix_file_system(), log_directory);
  if (!names) {
    return tl::make_unexpected(names.error());
  }
  std::uint32_t begun_with = 0;
  for (const log::PartitionName& name : *names) {
    // A first start that was cut short has all of one stream and part of the other.
    if (name.stream == log::k_ballots_stream || name.stream == log::k_issuances_stream) {
      begun_with = std::max(begun_with, name.partition.value + 1);
    }
  }
  if (begun_with == 0) {
    return asked_for.value_or(default_partitions(cores));
  }
  if (asked_for && *asked_for != begun_with) {
    return fail(ErrorKind::conflict, "the log has {} partitions, which cannot change: --partitions {} is for a new one",
                begun_with, *asked_for);
  }
  return begun_with;
}

}  // namespace ostraka::cli
