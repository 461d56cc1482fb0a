// The product, broken on purpose at one line at a time, so that the simulator can show that its checkers notice.
//
// Everywhere but in ostraka-sim-broken broken() is the constant `false`: what hangs on it is not compiled, and nothing
// can turn it on. ostraka-sim-broken is built from the same sources with OSTRAKA_BROKEN, and chooses a break when it
// runs (decision 0024). A break stands where a mistake of that kind would stand, and is as small as that mistake.
//
// Asked in .cc files only: both builds see the same headers.
#pragma once

#include <cstdint>

namespace ostraka {

enum class Break : std::uint8_t {
  none,
  // log/embedded
  answers_before_sync,      // a batch is answered when it is written, before it is synced
  retries_a_failed_sync,    // the second sync says yes, of pages that count as clean by then
  ignores_a_full_disk,      // a batch of which a part was written is answered
  forgets_the_directory,    // a segment's name is not made durable
  no_check_sum,             // what a torn write left of a batch is taken for it, by recovery and by readers
  partial_batch_is_whole,   // recovery believes a batch by its header
  reads_ahead_of_durable,   // a reader shows a last batch that nothing proves
  keeps_the_replaced_file,  // a reader goes on in the file that recovery replaced
  // once/
  looks_up_the_window_first,   // the voter in doubt at the close is told that it is closed
  answers_the_second_at_once,  // a second ballot does not wait for the first, which may fail yet
  answers_the_second_alike,    // or waits, and is told the same
  takes_any_repeat_for_same,   // 200 for another ballot than the one that counts
  says_counted_of_any_append,  // by the append that returned, not by the fold's verdict
  counts_behind_the_marker,
  opens_again,  // an opened marker behind the closed one
  // ballotbox/core
  forgets_the_pending_on_replay,  // the last record of a replay was never answered, and is left out
  no_check_for_foreign_records,   // an append is believed to stand where it was expected
  refuses_on_a_stale_view,        // without a look at the elections stream's end
  believes_any_clock,             // closes by a wall clock that jumped
  no_check_of_the_frozen_count,   // the partitions that are running are taken for those of the opening
  opens_under_any_partition_count,
  trusts_a_snapshot_beyond_its_offset,  // what came since is not read
  no_late_entries_in_a_snapshot,        // who voted while it was taken is not in it
  takes_snapshots_with_a_fault,         // of a fold that could not judge its ballots
  // tally/core
  tally_counts_repeats,
  tally_counts_behind_the_marker,
  tally_counts_the_misplaced,
  tally_ranks_a_ballot_twice,
  tally_trusts_a_snapshot_beyond_its_offset,
  // recount
  recount_counts_repeats,
};

#ifdef OSTRAKA_BROKEN
inline Break chosen_break = Break::none;  // set before a run; one thread
inline bool broken(Break here) {
  return chosen_break == here;
}
#else
constexpr bool broken(Break) {
  return false;
}
#endif

}  // namespace ostraka
