// What a run is made of, drawn from its seed: how large, which misfortunes, how often. Each kind of misfortune is
// absent from some runs, so that rare combinations come up, and so that calm runs reach what stormy ones never do.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/backend.h"
#include "sim/rng.h"
#include "sim/variant.h"

namespace ostraka::sim {

enum class BackendKind : std::uint8_t { memory_one_writer, memory_many_writers, embedded };

struct RunOptions {
  std::uint64_t seed = 1;
  Variant variant = Variant::none;
  std::optional<BackendKind> backend;  // else drawn
};

struct Plan {
  BackendKind backend = BackendKind::memory_one_writer;
  std::uint32_t partitions = 1;
  std::uint32_t elections = 1;
  std::uint32_t voters_per_election = 10;
  std::uint32_t batch_votes_max = 16;
  std::int64_t work_ms_max = 5;  // until a batch is taken: slow owners have large ones
  bool long_ids = false;         // of elections, so that a batch is several sectors
  FaultOdds odds;
  double request_lost = 0;
  double request_repeated = 0;
  double reply_lost = 0;
  double message_late = 0;  // by seconds, so that it is overtaken
  double rushes = 0;        // of the voters: all at one moment, so that batches are large
  double asks_twice_at_once = 0;
  double changes_mind = 0;
  double gives_up = 0;
  double asks_again_later = 0;
  double bad_request = 0;
  double pipelines = 0;
  double kills_per_second = 0;  // of a process, from outside
  double power_losses_per_second = 0;
  double takeovers_per_second = 0;  // many writers: another owner starts while the old one lives
  double foreign_writes_per_second = 0;  // many writers: records of somebody who is no owner
  double pauses = 0;                     // of an owner, between deciding about a batch and appending it
  bool miscounts = false;  // for a while the operator runs the ballot boxes with another number of partitions
  double clock_jumps_per_second = 0;
  double tally_kills_per_second = 0;
  double audited_crashes = 0;  // of all crashes, up to a limit
  double snapshot_turns = 0;   // after a batch of an owner, or a step of the tally

  static Plan draw(const RunOptions& options, Rng& rng);
};

}  // namespace ostraka::sim
