// What was asked and what was answered: all that the checkers know besides the log.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ballotbox/core/cast.h"
#include "base/clock.h"
#include "base/ids.h"

namespace ostraka::sim {

enum class RequestKind : std::uint8_t { honest, forged_token, invalid_ballot, malformed_body, misrouted };

// The method of an election's one contest.
enum class Method : std::uint8_t { single, approval, ranked, score };

// A ballot of the simulated contest, four bits an option. single, approval: 1 for the chosen ones. ranked: the place in
// the voter's order, from 1. score: the points, and 1. An option that is 0 was left out.
using Ballot = std::uint32_t;
inline constexpr std::uint32_t k_options = 4;
inline constexpr std::uint32_t k_points_max = 3;

struct Request {
  RequestKind kind = RequestKind::honest;
  std::string election;
  VoterKey voter;
  Ballot ballot = 0;
  std::uint64_t revision = 0;  // of the token
  std::string token;
  std::string body;
  std::size_t voter_number = 0;
  bool quiet = false;  // sent when nothing was wrong any more
};

struct Answered {
  Request request;
  ballotbox::CastAnswer answer;
  Partition asked;
  Offset partition_end;             // durable, when the answer left
  Offset elections_end;             // durable, when the ballot box took the request up
  std::uint64_t revision_then = 0;  // of the election, when it did; 0: not defined
  Milliseconds clock_off{0};        // the ballot box's wall clock, from the true time, when it did
};

// What the elections service did, by its own account.
struct ElectionFacts {
  std::string id;
  Method method = Method::single;
  Offset defined_at;     // offsets in the elections stream
  std::optional<Offset> opened_at;
  std::vector<std::pair<WallTime, std::optional<WallTime>>> ends;  // true time, and the end in force from then on
  std::optional<WallTime> closed_by_command;                       // true time
};

struct History {
  std::vector<Answered> answers;
  std::map<std::string, ElectionFacts> elections;
  std::set<std::pair<std::string, VoterKey>> issued;
  // When the first closed marker of an election in a partition was seen to be durable: true time.
  std::map<std::pair<std::string, std::uint32_t>, WallTime> closed_seen;
  std::vector<std::string> violations;  // found while running
  // That the checkers had something to check.
  std::uint64_t audits = 0;
  std::uint64_t late_votes = 0;               // cast when everything was over
  std::uint64_t final_before_late_votes = 0;  // elections whose published result was final by then
  std::uint64_t woken = 0;                    // owners that went on after a pause
  std::uint64_t foreign_writes = 0;
  std::uint64_t miscounts = 0;
  std::uint64_t owners_restored = 0;   // from snapshots
  std::uint64_t tallies_restored = 0;  // from snapshots

  // Everything that happened, folded into one number: two runs of a seed must agree on it.
  std::uint64_t trace = 14695981039346656037ULL;
  void note(std::uint64_t value) { trace = (trace ^ value) * 1099511628211ULL; }
  void note(std::string_view bytes) {
    for (const char byte : bytes) {
      note(static_cast<unsigned char>(byte));
    }
  }
};

}  // namespace ostraka::sim
