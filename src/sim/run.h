// One run of the simulator: a seed in, what was violated out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/plan.h"

namespace ostraka::sim {

struct RunResult {
  std::vector<std::string> violations;
  std::uint64_t trace = 0;  // equal for two runs of the same options
  std::uint64_t answers = 0;
  std::uint64_t counted = 0;  // answers that said so
  std::uint64_t records = 0;
  BackendKind backend = BackendKind::memory_one_writer;
};

RunResult run(const RunOptions& options);

}  // namespace ostraka::sim
