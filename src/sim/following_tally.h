// One simulated tally process: the product's counting core, read along by a shell that is written here a second time
// (the product's is a thread and a gRPC service). It dies at any time, replays from the start, and publishes nothing
// before it has passed the ends of the log that it found when it started; what was published outlives it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/node.h"
#include "sim/published_counts.h"
#include "tally/core/tally.h"
#include "tally/core/tally_snapshots.h"

namespace ostraka::sim {

class FollowingTally {
 public:
  explicit FollowingTally(NodeWorld& world) : world_(world) {}

  // False when it could not, and is to be started again. REQUIRES: it is down.
  bool start();
  void die();
  bool up() const { return tally_.has_value(); }

  // Reads at most so many batches of each partition, and publishes what changed.
  void step(std::size_t batches_max);
  // The same, to the end.
  void catch_up();

  const PublishedCounts& published() const { return published_; }
  std::uint64_t starts() const { return starts_; }

 private:
  Status open_readers();
  Result<bool> read_some(std::uint32_t partition, std::size_t batches_max);
  Status apply(tally::TallyPartition& partition, std::string_view record);
  Status publish();
  bool has_passed_start() const;
  Status restore();
  void snapshot();

  NodeWorld& world_;
  PublishedCounts published_;
  std::uint64_t starts_ = 0;
  std::unique_ptr<LogProcess> process_;
  std::unique_ptr<log::Log> log_;  // of the process, with the variant's lies
  std::unique_ptr<CatalogueReader> catalogue_;
  std::shared_ptr<const election::Catalogue> known_;  // as the catalogue was when last looked at
  std::vector<std::unique_ptr<log::Reader>> readers_;
  std::vector<Offset> ends_at_start_;
  std::optional<tally::Tally> tally_;
  std::optional<SnapshotPlace> place_;
  std::optional<tally::TallySnapshots> snapshots_;
  bool caught_up_ = false;
};

}  // namespace ostraka::sim
