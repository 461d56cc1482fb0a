// The door: what to do with a vote that arrives. It spares the log what is already known, and never decides anything
// itself: whatever it lets through is answered by the fold's verdict at the record's own offset.
//
// The order of questions is part of the promises. First whether the voter has a ballot that counts (true for ever, also
// after the close), then the window, then the ballot's form, then whether the voter has a vote on its way. A vote whose
// voter has one on its way waits for that one's outcome, whatever its own ballot: answering it earlier would be a
// guess.
//
// Life of a vote that is let through:   propose -> append   then one of
//   resolve(ticket, at)   its record is in the log at `at` and the fold has applied it
//   give_up(ticket)       the append failed, surely or not; the fold has applied what could be read since
// Each returns the answers of the vote and of all who waited for it.
//
// Owned by the thread that owns the fold. Pure.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "once/fold.h"

namespace ostraka::once {

struct DoorLimits {
  // Waiters behind one vote on its way, and behind all of them together. Past either, a vote is `busy`: nothing was
  // done with it and the voter may send it again.
  std::size_t waiters_per_voter_max = 16;
  std::size_t waiters_max = 65'536;
};

enum class Decision : std::uint8_t {
  append,          // write the record, then resolve() or give_up()
  wait,            // the answer comes out of the resolve() or give_up() of the vote that is on its way
  already_counts,  // this same ballot, at `offset`
  already_voted,   // another ballot, at `offset`
  not_open,
  misplaced,  // this voter's ballots belong to another partition
  invalid_ballot,
  busy,
};

enum class Outcome : std::uint8_t {
  counted,         // this very record, at `offset`
  already_counts,  // this same ballot, at `offset`
  already_voted,   // another ballot, at `offset`
  not_open,        // the record stands outside the window, and the voter has none that counts
  unavailable,     // unknown: the record may still appear
};

// Names a vote that waits for an answer. From propose(); not to be made by anyone else.
struct Ticket {
  std::uint64_t serial = 0;
  ElectionNumber election;
  VoterKey voter;
};

struct Proposed {
  Decision decision = Decision::busy;
  Offset offset;  // already_counts, already_voted
  Ticket ticket;  // append, wait
};

struct Resolution {
  std::uint64_t serial = 0;  // of the ticket
  Outcome outcome = Outcome::unavailable;
  Offset offset;
};

// One as a rule: of whoever waited behind the vote there is one more each.
using Resolutions = boost::container::small_vector<Resolution, 1>;

class Door {
 public:
  explicit Door(const Fold& fold, DoorLimits limits = {}) : fold_(fold), limits_(limits) {}

  Proposed propose(const VoteView& vote);

  // REQUIRES: the ticket's decision was `append`, it is unanswered, and fold.next() > at.
  Resolutions resolve(const Ticket& ticket, Offset at);

  // REQUIRES: the ticket's decision was `append` and it is unanswered. Who turns out to have a ballot that counts is
  // told so, everyone else that the outcome is unknown.
  Resolutions give_up(const Ticket& ticket);

  std::size_t on_their_way() const { return pending_.size(); }
  std::size_t waiting() const { return waiting_; }

 private:
  struct Key {
    ElectionNumber election;
    VoterKey voter;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<VoterKey>{}(key.voter) ^ (key.election.value * 0x9E3779B97F4A7C15ULL);
    }
  };
  struct Vote {
    std::uint64_t serial = 0;
    std::uint64_t ballot_hash = 0;
  };
  struct Pending {
    Vote first;
    std::vector<Vote> waiters;
  };

  Pending take(const Ticket& ticket);
  Resolution answer(const Ticket& ticket, const Vote& vote, Outcome when_not_counted) const;
  Outcome outcome_of_uncounted(const Ticket& ticket) const;

  const Fold& fold_;
  DoorLimits limits_;
  boost::unordered_flat_map<Key, Pending, KeyHash> pending_;
  std::size_t waiting_ = 0;
  std::uint64_t next_serial_ = 1;
};

}  // namespace ostraka::once
