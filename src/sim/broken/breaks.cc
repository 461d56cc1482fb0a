#include "sim/broken/breaks.h"

#include <algorithm>
#include <array>

namespace ostraka::sim {
namespace {

constexpr auto k_memory = BackendKind::memory_one_writer;
constexpr auto k_shared = BackendKind::memory_many_writers;
constexpr auto k_embedded = BackendKind::embedded;

constexpr std::array k_breaks{
    KnownBreak{Break::answers_before_sync, "answers_before_sync", "promise 1", k_embedded},
    KnownBreak{Break::retries_a_failed_sync, "retries_a_failed_sync", "promise 1", k_embedded},
    KnownBreak{Break::ignores_a_full_disk, "ignores_a_full_disk", "promise 1", k_embedded},
    KnownBreak{Break::forgets_the_directory, "forgets_the_directory", "promise 1", k_embedded},
    KnownBreak{Break::no_check_sum, "no_check_sum", "promise 5", k_embedded},
    KnownBreak{Break::partial_batch_is_whole, "partial_batch_is_whole", "a log without damage", k_embedded},
    KnownBreak{Break::reads_ahead_of_durable, "reads_ahead_of_durable", "promise 1: the published result", k_embedded},
    KnownBreak{Break::keeps_the_replaced_file, "keeps_the_replaced_file", "the tally stops", k_embedded},
    KnownBreak{Break::looks_up_the_window_first, "looks_up_the_window_first", "promise 3", {}},
    KnownBreak{Break::answers_the_second_at_once, "answers_the_second_at_once", "promise 3", {}},
    KnownBreak{Break::answers_the_second_alike, "answers_the_second_alike", "promise 3", {}},
    KnownBreak{Break::takes_any_repeat_for_same, "takes_any_repeat_for_same", "promise 3", {}},
    KnownBreak{Break::says_counted_of_any_append, "says_counted_of_any_append", "promise 1", k_shared},
    KnownBreak{Break::counts_behind_the_marker, "counts_behind_the_marker", "promise 1", k_shared},
    KnownBreak{Break::opens_again, "opens_again", "promise 1", k_shared},
    KnownBreak{Break::forgets_the_pending_on_replay, "forgets_the_pending_on_replay", "promise 1", {}},
    KnownBreak{Break::no_check_for_foreign_records, "no_check_for_foreign_records", "promise 1", k_shared},
    KnownBreak{Break::refuses_on_a_stale_view, "refuses_on_a_stale_view", "promise 3", {}},
    KnownBreak{Break::believes_any_clock, "believes_any_clock", "promise 5", {}},
    KnownBreak{Break::no_check_of_the_frozen_count, "no_check_of_the_frozen_count", "promise 1", {}},
    KnownBreak{Break::opens_under_any_partition_count, "opens_under_any_partition_count", "the tally stops", {}},
    KnownBreak{Break::trusts_a_snapshot_beyond_its_offset, "trusts_a_snapshot_beyond_its_offset", "promise 1",
               k_embedded},
    KnownBreak{Break::no_late_entries_in_a_snapshot, "no_late_entries_in_a_snapshot", "a snapshot was thrown away",
               k_embedded},
    KnownBreak{Break::takes_snapshots_with_a_fault, "takes_snapshots_with_a_fault", "promise", k_embedded},
    KnownBreak{Break::tally_counts_repeats, "tally_counts_repeats", "promise 6: the tally of", {}},
    KnownBreak{Break::tally_counts_behind_the_marker, "tally_counts_behind_the_marker", "promise 5: the final", {}},
    KnownBreak{Break::tally_counts_the_misplaced, "tally_counts_the_misplaced", "promise 6: the tally of", {}},
    KnownBreak{Break::tally_ranks_a_ballot_twice, "tally_ranks_a_ballot_twice", "promise 6: the recount of", {}},
    KnownBreak{Break::tally_trusts_a_snapshot_beyond_its_offset, "tally_trusts_a_snapshot_beyond_its_offset",
               "promise 6: the tally of", k_embedded},
    KnownBreak{Break::recount_counts_repeats, "recount_counts_repeats", "promise 6: the recount of", {}},
};

// Nothing is broken any more when it goes out of scope.
class Breaking {
 public:
  explicit Breaking(Break what) { chosen_break = what; }
  Breaking(const Breaking&) = delete;
  Breaking& operator=(const Breaking&) = delete;
  ~Breaking() { chosen_break = Break::none; }
};

}  // namespace

std::span<const KnownBreak> known_breaks() {
  return k_breaks;
}

std::optional<Caught> catch_break(const KnownBreak& known, std::uint64_t seeds_max) {
  const Breaking breaking(known.what);
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const RunResult result = run({.seed = seed, .variant = Variant::none, .backend = known.backend});
    const auto caught =
        std::find_if(result.violations.begin(), result.violations.end(),
                     [&](const std::string& violation) { return violation.starts_with(known.caught_by); });
    if (caught != result.violations.end()) {
      return Caught{seed, *caught};
    }
  }
  return std::nullopt;
}

}  // namespace ostraka::sim
