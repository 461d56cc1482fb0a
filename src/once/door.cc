#include "once/door.h"

#include <utility>

#include "base/broken.h"
#include "base/check.h"

namespace ostraka::once {
namespace {

bool is_same(std::uint64_t ballot_hash, std::uint64_t counting) {
  return broken(Break::takes_any_repeat_for_same) || ballot_hash == counting;
}

}  // namespace

Proposed Door::propose(const VoteView& vote) {
  const auto election = fold_.number_of(vote.election);
  if (!election) {
    return {Decision::not_open, {}, {}};
  }
  const Window& window = fold_.window(*election);
  if (broken(Break::looks_up_the_window_first) && !window.is_open()) {
    return {Decision::not_open, {}, {}};
  }
  if (const auto counts = fold_.find(*election, vote.voter)) {
    const bool same = vote.form == BallotForm::valid && is_same(vote.ballot_hash, counts->ballot_hash);
    return {same ? Decision::already_counts : Decision::already_voted, counts->offset, {}};
  }
  if (!window.is_open()) {
    return {Decision::not_open, {}, {}};
  }
  if (partition_of(vote.voter, window.partitions) != fold_.partition()) {
    return {Decision::misplaced, {}, {}};
  }
  if (vote.form == BallotForm::invalid) {
    return {Decision::invalid_ballot, {}, {}};
  }
  const Ticket ticket{next_serial_, *election, vote.voter};
  const Vote mine{ticket.serial, vote.ballot_hash};
  const auto [place, is_first] = pending_.try_emplace(Key{*election, vote.voter}, Pending{mine, {}});
  if (is_first) {
    ++next_serial_;
    return {Decision::append, {}, ticket};
  }
  if (broken(Break::answers_the_second_at_once)) {
    return {Decision::already_voted, fold_.next(), {}};
  }
  auto& waiters = place->second.waiters;
  if (waiters.size() >= limits_.waiters_per_voter_max || waiting_ >= limits_.waiters_max) {
    return {Decision::busy, {}, {}};
  }
  waiters.push_back(mine);
  ++waiting_;
  ++next_serial_;
  return {Decision::wait, {}, ticket};
}

Door::Pending Door::take(const Ticket& ticket) {
  const auto found = pending_.find(Key{ticket.election, ticket.voter});
  check(found != pending_.end() && found->second.first.serial == ticket.serial, "the ticket of a vote on its way");
  Pending pending = std::move(found->second);
  pending_.erase(found);
  waiting_ -= pending.waiters.size();
  return pending;
}

Resolution Door::answer(const Ticket& ticket, const Vote& vote, Outcome when_not_counted) const {
  const auto counts = fold_.find(ticket.election, ticket.voter);
  if (!counts) {
    return {vote.serial, when_not_counted, {}};
  }
  const bool same = is_same(vote.ballot_hash, counts->ballot_hash);
  return {vote.serial, same ? Outcome::already_counts : Outcome::already_voted, counts->offset};
}

// Of a record that is in the log and did not count, of a voter who has no ballot that counts.
Outcome Door::outcome_of_uncounted(const Ticket& ticket) const {
  return fold_.window(ticket.election).is_open() ? Outcome::unavailable : Outcome::not_open;
}

Resolutions Door::resolve(const Ticket& ticket, Offset at) {
  check(fold_.next() > at, "a vote is answered when its own record has been applied");
  const Pending pending = take(ticket);
  Resolutions resolutions;
  resolutions.reserve(1 + pending.waiters.size());
  const Outcome uncounted = outcome_of_uncounted(ticket);
  // The index holds the verdict of any offset before next(): the voter's entry is this offset exactly when the record
  // there was the first one that counted. It does not matter by which way the record came to be applied.
  Resolution first = answer(ticket, pending.first, uncounted);
  if (first.outcome == Outcome::already_counts && first.offset == at) {
    first.outcome = Outcome::counted;
  }
  if (broken(Break::says_counted_of_any_append)) {
    first = {pending.first.serial, Outcome::counted, at};
  }
  resolutions.push_back(first);
  for (const Vote& waiter : pending.waiters) {
    const bool alike = broken(Break::answers_the_second_alike);
    resolutions.push_back(alike ? Resolution{waiter.serial, first.outcome, first.offset}
                                : answer(ticket, waiter, uncounted));
  }
  return resolutions;
}

Resolutions Door::give_up(const Ticket& ticket) {
  const Pending pending = take(ticket);
  Resolutions resolutions;
  resolutions.reserve(1 + pending.waiters.size());
  resolutions.push_back(answer(ticket, pending.first, Outcome::unavailable));
  for (const Vote& waiter : pending.waiters) {
    resolutions.push_back(answer(ticket, waiter, Outcome::unavailable));
  }
  return resolutions;
}

}  // namespace ostraka::once
