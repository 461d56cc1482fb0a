#include "sim/run.h"

#include <algorithm>

#include "sim/checkers.h"
#include "sim/world.h"

namespace ostraka::sim {

RunResult run(const RunOptions& options) {
  World world(options);
  world.run();
  RunResult result;
  result.violations = check_promises(world);
  const History& history = world.history();
  result.trace = history.trace;
  result.answers = history.answers.size();
  result.counted = static_cast<std::uint64_t>(std::count_if(
      history.answers.begin(), history.answers.end(),
      [](const Answered& answered) { return answered.answer.outcome == ballotbox::CastOutcome::counted; }));
  for (const auto& log : world.logs()) {
    result.records += log.size();
  }
  result.audits = history.audits;
  result.publications = world.tally().published().publications();
  result.tally_starts = world.tally().starts();
  result.late_votes = history.late_votes;
  result.final_before_late_votes = history.final_before_late_votes;
  result.woken = history.woken;
  result.foreign_writes = history.foreign_writes;
  result.miscounts = history.miscounts;
  result.owners_restored = history.owners_restored;
  result.tallies_restored = history.tallies_restored;
  result.backend = world.plan().backend;
  return result;
}

}  // namespace ostraka::sim
