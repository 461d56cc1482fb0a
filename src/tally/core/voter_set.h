// The voters of one election in one partition whose ballot counts. Exact: whole keys, never a digest, because a false
// match would take a vote away.
//
// Owned by one thread. Holds as many voters as memory does (about 17 bytes each).
#pragma once

#include <memory>

#include "base/ids.h"
#include "base/voter_table.h"

namespace ostraka::tally {

enum class Arrival { first, known };

class VoterSet {
 public:
  Arrival add(const VoterKey& voter) { return table_->insert(voter, {}).is_new ? Arrival::first : Arrival::known; }

  std::size_t size() const { return table_->size(); }
  void prefetch(const VoterKey& voter) const { table_->prefetch(voter); }

  // For index snapshots: the table as it is.
  using Table = VoterTable<0>;
  const Table& table() const { return *table_; }
  Table& table() { return *table_; }

 private:
  std::unique_ptr<Table> table_ = std::make_unique<Table>();
};

}  // namespace ostraka::tally
