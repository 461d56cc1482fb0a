// Index snapshots of the whole tally, taken while it counts, and put back at a start. As ballotbox/core/owner_snapshots.h
// for one partition, and by the same rules; here all partitions are one picture, because rankings are counted over all
// of them.
//
// Owned by the tally's thread. Pure, but for the log and the sink it is handed.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/log.h"
#include "snapshot/sink.h"
#include "snapshot/source.h"
#include "snapshot/table_taker.h"
#include "tally/core/tally.h"

namespace ostraka::tally {

class TallySnapshots final : public VoterWatcher {
 public:
  // All that is handed in outlives it. `log` is also used on the sink's thread.
  TallySnapshots(Tally& tally, log::Log& log, snapshot::Sink& sink, const snapshot::Policy& policy);
  ~TallySnapshots() override;

  // Begins a snapshot when one is due, or goes on with it by about one slice. REQUIRES: every partition has been applied
  // to the end of an append.
  void turn();
  bool is_taking() const { return taker_.has_value(); }

  void on_voter(const VoterSet& voters, const VoterKey& voter) override;

 private:
  using Taker = snapshot::TableTaker<0>;

  std::uint64_t records() const;
  std::uint64_t voters() const;
  void begin();
  void end_taking();
  void finish(std::string pieces);
  const VoterSet::Table* table(std::uint32_t number);

  Tally& tally_;
  log::Log& log_;
  snapshot::Sink& sink_;
  const snapshot::Policy policy_;
  std::string log_id_;
  std::uint64_t taken_at_ = 0;  // records, of the last one that was begun, or put back
  std::optional<Taker> taker_;
  std::vector<const VoterSet*> tables_;  // in the order in which the walk came to them
  std::unordered_map<const VoterSet*, std::uint32_t> numbers_;
};

// Puts a snapshot into a tally that has counted nothing, or leaves it as it was; `catalogue` knows all that has opened.
// Errors: unavailable when the log ends before the snapshot (a log whose writer has not been back since a loss of power
// may show its end only then; otherwise records are lost).
Result<snapshot::Restored> restore_snapshot(Tally& tally, snapshot::Source& source, log::Log& log,
                                            const election::Catalogue& catalogue);

}  // namespace ostraka::tally
