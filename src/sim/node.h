// One simulated ballot box process: the product's PartitionOwner with its real rules, on a log that fails, under a
// clock that may be wrong. It dies in the middle of things, and starts again by replay.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "ballotbox/core/partition_owner.h"
#include "ballotbox/core/rules.h"
#include "sim/backend.h"
#include "sim/catalogue_reader.h"
#include "sim/clock.h"
#include "sim/history.h"
#include "sim/plan.h"
#include "sim/snapshot_place.h"
#include "sim/variant.h"

namespace ostraka::sim {

// What all nodes of a run share.
struct NodeWorld {
  Backend& backend;
  const TrueTime& time;
  Rng& rng;
  History& history;
  const Plan& plan;
  Variant variant = Variant::none;
  VariantMemory variant_memory;
  std::vector<token::TokenKey> token_keys;
  CatalogueMemo catalogue_memo;
  std::uint32_t running_partitions = 0;  // what ballot boxes are started with; the plan's, unless somebody miscounts
  double pauses = 0;                     // see plan.h

  bool miscounted() const { return running_partitions != plan.partitions; }
};

// Whether it was restored. A snapshot that was thrown away is a violation: on a disk that keeps what was synced each is
// whole and of this log.
bool note_restored(NodeWorld& world, const snapshot::Restored& restored);

class Node {
 public:
  Node(NodeWorld& world, Partition partition) : world_(world), partition_(partition), clock_(world.time) {}
  ~Node() { die(); }

  // True when it is up and has settled or could not; false when it died, or must be started again.
  bool start();
  // Whatever it held is gone: the answers never come. Returns whose requests were waiting.
  std::vector<Request> die();
  bool up() const { return owner_ != nullptr; }

  void receive(Request request) { inbox_.push_back(std::move(request)); }
  bool has_work() const { return up() && !paused_ && !inbox_.empty(); }

  // Takes one batch. When the process dies in it, nothing is answered and `silent` gets all who waited. It may pause
  // instead, with all decided and nothing appended: then `silent` gets those whose answers will come late.
  struct Worked {
    std::vector<std::pair<Request, ballotbox::CastAnswer>> answered;
    std::vector<Request> silent;
  };
  Worked work();
  bool paused() const { return paused_.has_value(); }
  std::uint64_t pauses() const { return pauses_; }  // so far
  // Goes on as if no time had passed. REQUIRES: it is paused.
  Worked wake();
  // Now and then goes on with an index snapshot; returns who waited if it died in it.
  std::vector<Request> snapshot();
  // Writes due markers; returns who waited if it died in it.
  std::vector<Request> settle();

  void jump_clock(Milliseconds by) { clock_.set_skew(by); }
  Milliseconds clock_off() const { return clock_.skew(); }
  const ballotbox::PartitionOwner* owner() const { return owner_.get(); }
  Partition partition() const { return partition_; }
  const std::string& start_error() const { return start_error_; }

 private:
  struct Paused {
    std::vector<Request> batch;
    ballotbox::PartitionOwner::Begun begun;
  };

  std::vector<Request> take_batch();
  Result<ballotbox::ElectionsView> refresh();
  std::vector<ballotbox::CastAnswer> cast(const std::vector<ballotbox::CastInput>& inputs);
  std::vector<ballotbox::CastAnswer> cast_pipelined(std::span<const ballotbox::CastInput> inputs);
  void report_if_broken();

  NodeWorld& world_;
  Partition partition_;
  NodeClock clock_;
  std::string start_error_;  // of the last start that failed
  std::deque<Request> inbox_;
  std::optional<Paused> paused_;
  std::uint64_t pauses_ = 0;
  std::unique_ptr<LogProcess> process_;
  std::unique_ptr<log::Log> log_;  // of the process, with the variant's lies
  std::optional<SnapshotPlace> snapshots_;
  std::unique_ptr<CatalogueReader> catalogue_;
  ballotbox::ElectionsView stale_;  // for the variant that never refreshes
  std::unique_ptr<ballotbox::VoteRules> rules_;
  std::unique_ptr<ballotbox::PartitionOwner> owner_;
};

}  // namespace ostraka::sim
