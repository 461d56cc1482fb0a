// Which ballot box a vote goes to, out of what the ballot boxes say of themselves. Pure.
//
// Whatever is chosen, the answer is true: a ballot box answers by the log, whoever else serves the partition. What is
// chosen decides how long a voter waits, and two that serve one partition slow each other down; so a partition stays
// where it is while that works, and goes to the one whose share it is as soon as that one serves it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace ostraka::gateway {

// What one ballot box said last.
struct BallotBoxState {
  struct Held {
    bool serves = false;
    bool in_share = false;  // else it has left, and is served until nobody asks for it
    bool ready = true;      // and new votes can be written
  };
  std::map<Partition, Held> held;
  bool answers = true;  // it was asked again since, and said nothing
};

// By ballot box; empty: nobody is there.
using BallotBoxStates = std::vector<std::optional<BallotBoxState>>;

struct BallotBoxRoutes {
  static constexpr std::uint32_t k_nobody = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::uint32_t> box_of;  // by partition: the ballot box, or k_nobody
  // By ballot box: what was sent there and is unanswered had better be sent elsewhere.
  std::vector<bool> is_lost;

  bool operator==(const BallotBoxRoutes&) const = default;
};

// `before`: the routes so far, of the same numbers of partitions and ballot boxes; or none.
BallotBoxRoutes routes_of(const BallotBoxStates& states, std::uint32_t partitions, const BallotBoxRoutes& before);

// The partitions that nobody serves, in words; empty when there are none.
std::string what_nobody_serves(const BallotBoxRoutes& routes);

// A ballot box that votes go to and that cannot write new ones; empty when there is none.
std::optional<std::uint32_t> who_cannot_write(const BallotBoxRoutes& routes, const BallotBoxStates& states);

}  // namespace ostraka::gateway
