// A vote record, read where it stands. Pure.
//
// Protocol Buffers allow many spellings of one message, and its parser reads all of them, field by field into memory of
// its own. Ballot boxes write one: every field once, in order, those that are empty left out. This reads that one, and
// says so of every other, for the parser to look at: what both read means the same to both.
#pragma once

#include <optional>
#include <string_view>

#include "base/ids.h"

namespace ostraka::tally {

struct VoteView {
  std::string_view election;  // can be one's id
  VoterKey voter;
  std::string_view ballot;
  bool development = false;
};

// The views are into `record`. Empty unless it is a readable vote in the spelling of ballot boxes. `known_election`: an
// election's id, or empty; spares looking whether it can be one.
std::optional<VoteView> read_plain_vote(std::string_view record, std::string_view known_election = {});

}  // namespace ostraka::tally
