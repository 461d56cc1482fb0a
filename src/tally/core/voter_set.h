// The voters of one election in one partition whose ballot counts. Exact: whole keys, never a digest, because a false
// match would take a vote away.
//
// Many small tables instead of one: each grows by itself, so that growing never needs twice the memory of all, nor
// stops the count for as long as moving 300 million keys takes.
//
// Owned by one thread. Holds as many voters as memory does.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/ids.h"

namespace ostraka::tally {

enum class Arrival { first, known };

class VoterSet {
 public:
  Arrival add(const VoterKey& voter) {
    const bool is_new = tables_[voter.bytes[0] % k_tables].insert(voter).second;
    size_ += is_new ? 1 : 0;
    return is_new ? Arrival::first : Arrival::known;
  }

  std::size_t size() const { return size_; }

 private:
  // The first byte chooses the table and the last eight the place in it; the last of the first eight, by which voters
  // were sent to this partition, are used for neither.
  struct Hash {
    using is_avalanching = void;  // keys are the output of a PRF
    std::size_t operator()(const VoterKey& voter) const noexcept { return std::hash<VoterKey>{}(voter); }
  };
  static constexpr std::size_t k_tables = 64;

  std::array<boost::unordered_flat_set<VoterKey, Hash>, k_tables> tables_;
  std::size_t size_ = 0;
};

}  // namespace ostraka::tally
