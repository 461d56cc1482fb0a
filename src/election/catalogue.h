// The catalogue: what the `elections` stream says, folded. Every service keeps its own copy. Pure.
//
// A record says for which offset it was decided, and takes effect there and nowhere else. So one that lands late, or
// twice, or behind somebody else's, is nothing, to every reader alike: whoever wrote it sees that it is nothing, and
// decides again by what stands there now.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "election/definition.h"

namespace ostraka::election {

enum class State { draft, scheduled, open, closed, certified };
std::string_view state_name(State state);

// One election as the stream has it. Immutable: a change makes a new one, so that readers in other threads keep theirs.
struct Entry {
  Definition definition;     // closes_at is the one in force
  std::string defined_json;  // canonical JSON as last defined, before any move of the end
  std::string hash;          // definition_hash
  std::uint64_t revision = 0;
  State state = State::draft;
  std::uint32_t partitions = 0;   // from the opening on
  std::string pepper_commitment;  // from the opening on
  std::map<std::uint32_t, std::uint64_t> certified_at;
};

// Value type: copying it copies pointers only, so that a snapshot can be handed to other threads.
class Catalogue {
 public:
  // Applies the record at position(). Errors: damaged, when it cannot be read, or contradicts the life cycle although it
  // was decided for this offset; the catalogue is unchanged then, and its owner must stop.
  Status apply(std::string_view record);

  // Records that were decided for another offset than theirs.
  std::uint64_t without_effect() const { return without_effect_; }

  // How many records have been applied: the stream's offset that is next.
  Offset position() const { return position_; }

  // Null when there is no such election.
  std::shared_ptr<const Entry> find(std::string_view id) const;
  const std::map<std::string, std::shared_ptr<const Entry>, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, std::shared_ptr<const Entry>, std::less<>> entries_;
  Offset position_;
  std::uint64_t without_effect_ = 0;
};

}  // namespace ostraka::election
