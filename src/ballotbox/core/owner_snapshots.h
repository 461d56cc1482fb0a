// Index snapshots of one partition's fold: taken while votes go on, and put back at a start.
//
// Taken: turn() after a batch copies one slice (snapshot/table_taker.h) for a sink to write; when the walk through the
// tables is over, the rest of the fold as of that moment goes out as the state, with the log's mark at its offset.
//
// Put back in two steps. load_snapshot() reads it, and needs nothing else: another thread may do that while the log is
// being checked. adopt_snapshot() takes it, and only when the log has that same mark at that offset. Whatever disagrees,
// the snapshot is thrown away and the log read from its start; a log that ends before the snapshot has lost records that
// were durable, and that is damage. What came after the snapshot's offset is read from the log: a snapshot says nothing
// about it.
//
// None is taken while an election has a fault (record_fold.h): the fold is not the log's truth then.
//
// Owned by the owner's thread. Pure, but for the log and the sink it is handed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "ballotbox/core/record_fold.h"
#include "log/log.h"
#include "ostraka/v1/snapshot_records.pb.h"
#include "snapshot/sink.h"
#include "snapshot/source.h"
#include "snapshot/table_taker.h"

namespace ostraka::ballotbox {

class OwnerSnapshots final : public once::CountedWatcher {
 public:
  // All that is handed in outlives it. `log` is also used on the sink's thread.
  OwnerSnapshots(RecordFold& records, log::Log& log, log::PartitionName name, snapshot::Sink& sink,
                 const snapshot::Policy& policy);
  ~OwnerSnapshots() override;

  // Begins a snapshot when one is due, or goes on with the one that was begun: about one slice. To be called when
  // everything before next() is durable.
  void turn();

  // There is one to go on with: call turn() soon, also when there are no votes.
  bool is_taking() const { return taker_.has_value(); }

  // What a restart would not have to read, as far as it was asked for.
  void restored_to(Offset offset) { taken_at_ = offset; }

  void on_counted(once::ElectionNumber election, const VoterKey& voter, const once::CountedBallot& ballot) override;

 private:
  using Taker = snapshot::TableTaker<once::VoterIndex::k_offset_bytes + once::VoterIndex::k_hash_bytes>;

  void begin();
  void abandon();
  void finish(std::string pieces);

  RecordFold& records_;
  log::Log& log_;
  const log::PartitionName name_;
  snapshot::Sink& sink_;
  const snapshot::Policy policy_;
  std::string log_id_;
  Offset taken_at_;  // of the last one that was begun
  std::optional<Taker> taker_;
};

// What a snapshot holds, as it was read: its check sums are right, and nothing of it was held against a log.
struct LoadedSnapshot {
  snapshot::Restored found;  // anything but `restored`: the rest is empty
  snapshot::FileHeader header;
  v1::BallotBoxSnapshot state;
  std::map<std::uint32_t, once::VoterIndex> voters;  // by table; one that has no voter is not there
};

using LoadSnapshot = std::function<LoadedSnapshot()>;

LoadedSnapshot load_snapshot(const snapshot::OpenSource& open);

// Puts its fold into `records`, or leaves them as they were. `end` is the log's durable end. Errors: damaged when the log
// ends before the snapshot; of find_opened.
Result<snapshot::Restored> adopt_snapshot(RecordFold& records, LoadedSnapshot loaded, log::Log& log,
                                          const log::PartitionName& name, Offset end);

}  // namespace ostraka::ballotbox
