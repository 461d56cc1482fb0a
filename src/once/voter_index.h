// Which ballot of which voter counts, of one election in one partition. Exact: the whole voter key is kept, never a
// digest of it, for a false match would take someone's vote away.
//
// Split into many small tables, each of which grows by itself: one large table needs half as much memory again for the
// moment in which it doubles, and stalls every voter while it does.
//
// Owned by one thread. Holds as many voters as memory does; entries() and bytes() are what to watch.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/ids.h"

namespace ostraka::once {

// The ballot of a voter that counts.
struct CountedBallot {
  Offset offset;
  std::uint64_t ballot_hash = 0;  // the first 8 bytes of the record's keyed hash
  bool operator==(const CountedBallot&) const = default;
};

class VoterIndex {
 public:
  std::optional<CountedBallot> find(const VoterKey& voter) const;

  // What the voter has now, and whether that is `ballot`: the first one stays.
  struct Inserted {
    CountedBallot counts;
    bool is_first = false;
  };
  Inserted insert_first(const VoterKey& voter, const CountedBallot& ballot);

  std::size_t entries() const { return entries_; }
  // Of the tables, as they are allocated. Walks all of them: for metrics, not for the vote path.
  std::size_t bytes() const;

 private:
  struct Hash {
    using is_avalanching = void;  // the key is PRF output: mixing it again buys nothing
    std::size_t operator()(const VoterKey& voter) const noexcept { return std::hash<VoterKey>{}(voter); }
  };
  using Table = boost::unordered_flat_map<VoterKey, CountedBallot, Hash>;

  static constexpr std::size_t k_tables = 256;
  // The first byte: the tables' hash uses the last eight, and the lowest of the first eight are what all voters of a
  // partition have in common.
  static std::size_t table_of(const VoterKey& voter) { return voter.bytes[0]; }

  std::unique_ptr<Table[]> tables_ = std::make_unique<Table[]>(k_tables);
  std::size_t entries_ = 0;
};

}  // namespace ostraka::once
