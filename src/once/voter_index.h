// Which ballot of which voter counts, of one election in one partition. Exact: the whole voter key is kept, never a
// digest of it, for a false match would take someone's vote away. Of the ballot's keyed hash six bytes are kept: that two
// ballots of one voter share them happens to nobody (1 in 2^48, and who has no key cannot look for it).
//
// Owned by one thread. Holds as many voters as memory does (28 to 34 bytes each; 29 when there are hundreds of millions);
// entries() and bytes() are what to watch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "base/voter_table.h"

namespace ostraka::once {

inline constexpr std::uint64_t k_short_hash_mask = (std::uint64_t{1} << 48) - 1;
inline constexpr std::uint64_t k_index_offset_max = (std::uint64_t{1} << 40) - 1;  // of a partition: a trillion records

// The ballot of a voter that counts.
struct CountedBallot {
  Offset offset;
  std::uint64_t ballot_hash = 0;  // short_ballot_hash()
  bool operator==(const CountedBallot&) const = default;
};

class VoterIndex {
 public:
  std::optional<CountedBallot> find(const VoterKey& voter) const;
  // Asks the memory for what the next find() or insert_first() of this voter looks at.
  void prefetch(const VoterKey& voter) const { table_->prefetch(voter); }

  // What the voter has now, and whether that is `ballot`: the first one stays. REQUIRES: offset and hash fit.
  struct Inserted {
    CountedBallot counts;
    bool is_first = false;
  };
  Inserted insert_first(const VoterKey& voter, const CountedBallot& ballot);

  std::size_t entries() const { return table_->size(); }
  // As allocated. Walks everything: for metrics, not for the vote path.
  std::size_t bytes() const { return table_->bytes(); }

  // For index snapshots: the table as it is.
  static constexpr std::size_t k_offset_bytes = 5;
  static constexpr std::size_t k_hash_bytes = 6;
  using Table = VoterTable<k_offset_bytes + k_hash_bytes>;
  const Table& table() const { return *table_; }
  Table& table() { return *table_; }
  static Table::Payload pack(const CountedBallot& ballot);

 private:
  static CountedBallot unpack(const std::uint8_t* payload);

  std::unique_ptr<Table> table_ = std::make_unique<Table>();
};

}  // namespace ostraka::once
