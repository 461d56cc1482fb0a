#include "sim/plan.h"

namespace ostraka::sim {
namespace {

BackendKind draw_backend(Rng& rng) {
  switch (rng.below(3)) {
    case 0:
      return BackendKind::memory_one_writer;
    case 1:
      return BackendKind::memory_many_writers;
    default:
      return BackendKind::embedded;
  }
}

}  // namespace

Plan Plan::draw(const RunOptions& options, Rng& rng) {
  Plan plan;
  const BackendKind drawn = draw_backend(rng);
  plan.backend = options.backend.value_or(drawn);
  plan.partitions = static_cast<std::uint32_t>(rng.between(1, 3));
  plan.elections = static_cast<std::uint32_t>(rng.between(1, 3));
  plan.voters_per_election = static_cast<std::uint32_t>(rng.between(3, 20));
  plan.batch_votes_max = static_cast<std::uint32_t>(rng.between(1, 24));
  plan.work_ms_max = rng.chance(0.5) ? 80 : 5;
  plan.long_ids = rng.chance(0.5);
  plan.odds.crash = rng.one_of({0, 0.01, 0.05, 0.2});
  plan.odds.power_goes = rng.one_of({0, 0.5});
  plan.odds.sync_fails = rng.one_of({0, 0, 0.02});
  plan.odds.disk_full = rng.one_of({0, 0, 0.05, 0.3});
  plan.odds.uncertain = rng.one_of({0, 0.05, 0.3});
  plan.odds.no_leader = rng.one_of({0, 0, 0.05, 0.3});
  plan.odds.end_lags = rng.one_of({0, 0, 0.1, 0.5});
  plan.request_lost = rng.one_of({0, 0.02, 0.2});
  plan.request_repeated = rng.one_of({0, 0.05, 0.3});
  plan.reply_lost = rng.one_of({0, 0.05, 0.4});
  plan.message_late = rng.one_of({0, 0, 0.1});
  plan.rushes = rng.one_of({0, 0.8});
  plan.asks_twice_at_once = rng.one_of({0, 0.1, 0.5});
  plan.changes_mind = rng.one_of({0, 0.1, 0.5});
  plan.gives_up = rng.one_of({0, 0.1});
  plan.asks_again_later = rng.one_of({0.2, 0.8});
  plan.bad_request = rng.one_of({0, 0.05});
  plan.pipelines = rng.one_of({0, 0.5});
  plan.kills_per_second = rng.one_of({0, 0.5, 3});
  plan.power_losses_per_second = rng.one_of({0, 0, 0.5});
  plan.takeovers_per_second = rng.one_of({0, 1, 4});
  plan.foreign_writes_per_second = rng.one_of({0, 0, 3});
  plan.pauses = rng.one_of({0, 0, 0.2});
  plan.miscounts = rng.chance(0.2);
  plan.clock_jumps_per_second = rng.one_of({0, 0, 1});
  plan.tally_kills_per_second = rng.one_of({0, 0.5, 3});
  plan.audited_crashes = rng.one_of({0, 0.3});
  plan.snapshot_turns = rng.one_of({0, 0.2, 0.8});
  if (rng.chance(0.1)) {
    // A crowd before one door: batches of several blocks, most of them in one rush.
    plan.voters_per_election = 60;
    plan.batch_votes_max = 100;
    plan.rushes = 0.9;
    plan.work_ms_max = 80;
    plan.long_ids = true;
  }
  return plan;
}

}  // namespace ostraka::sim
