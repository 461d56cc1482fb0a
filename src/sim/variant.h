// Broken variants: what the checkers must catch. Each is the product's own code with one lie in what it is handed, as a
// log that is wrapped or an option that is wrong; the product's code has no switch for any of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "log/log.h"

namespace ostraka::sim {

enum class Variant : std::uint8_t {
  none,
  answer_before_sync,        // an append returns before its records are durable
  forget_pending_on_replay,  // a new owner does not see what the old one had not answered when it died
  hide_foreign_records,      // an owner is not told that somebody else wrote in between
  disk_full_is_success,      // an append that wrote nothing says that it did
  uncertain_is_success,      // an append that timed out says that it was written
  count_behind_marker,       // an owner does not see closed markers
  believe_any_clock,         // the clock guard never disagrees
  never_refresh,             // an owner knows of the elections what it knew when it started
  decide_for_any_offset,     // who writes elections does not say for which offset it was decided
  // Of those who count (counting_log.h):
  tally_counts_repeats,        // every vote record looks like a new voter's
  tally_counts_behind_marker,  // closed markers are not seen
  tally_forgets_votes,         // the last record of a read is lost
  tally_publishes_early,       // the log looks empty when the tally starts
  tally_ahead_of_writers,      // after a loss of power the tally does not wait for the writers
  recount_counts_repeats,
};
inline constexpr std::array k_broken_variants{Variant::answer_before_sync,     Variant::forget_pending_on_replay,
                                              Variant::hide_foreign_records,   Variant::disk_full_is_success,
                                              Variant::uncertain_is_success,   Variant::count_behind_marker,
                                              Variant::believe_any_clock,      Variant::never_refresh,
                                              Variant::decide_for_any_offset,
                                              Variant::tally_counts_repeats,   Variant::tally_counts_behind_marker,
                                              Variant::tally_forgets_votes,    Variant::tally_publishes_early,
                                              Variant::tally_ahead_of_writers, Variant::recount_counts_repeats};

std::string_view variant_name(Variant variant);
std::optional<Variant> variant_of(std::string_view name);

// What the lies need to remember across the deaths of processes. One a run.
struct VariantMemory {
  // Offsets of a partition whose append has not returned.
  std::map<std::uint32_t, std::set<std::uint64_t>> unanswered;
};

// The log as the owner under test sees it. REQUIRES: `inner` and `memory` outlive it and all that it opens.
std::unique_ptr<log::Log> variant_log(Variant variant, log::Log& inner, VariantMemory& memory);

}  // namespace ostraka::sim
