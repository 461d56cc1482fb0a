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
  std::uint64_t audits = 0;        // of the log, by everybody who can count
  std::uint64_t publications = 0;  // of counts, by the tally that follows
  std::uint64_t tally_starts = 0;
  std::uint64_t late_votes = 0;               // cast when everything was over
  std::uint64_t final_before_late_votes = 0;  // elections whose published result was final by then
  std::uint64_t woken = 0;                    // owners that went on after a pause
  std::uint64_t foreign_writes = 0;
  std::uint64_t miscounts = 0;
  std::uint64_t owners_restored = 0;   // from snapshots
  std::uint64_t tallies_restored = 0;  // from snapshots
  BackendKind backend = BackendKind::memory_one_writer;
};

RunResult run(const RunOptions& options);

}  // namespace ostraka::sim
