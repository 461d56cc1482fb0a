// The recount's own reading of a ballot's bytes (docs/formats/ballot.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "election/definition.h"

namespace ostraka::recount {

// One contest of one ballot: options and points (1 where there are none), in the order in which they stand.
using Entries = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

// One list a contest. Empty when the bytes are not the canonical form of a ballot that the definition allows.
std::optional<std::vector<Entries>> read_ballot(const election::Definition& definition, std::string_view bytes);

}  // namespace ostraka::recount
