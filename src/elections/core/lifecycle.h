// The life cycle's rules: given the catalogue, a request and the time, what to answer, and which record (if any) has to
// be appended before answering so. Pure; the shell appends, applies, and asks the ballot boxes to settle.
//
//   draft ──────┐
//   scheduled ──┴─ open ──▶ open ── close ──▶ closed ── certify ──▶ certified
//
// Every act is idempotent: asking for the state that an election is in is done, without a record. So an administrator
// who got no answer asks again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "election/catalogue.h"
#include "election/definition.h"
#include "ostraka/v1/election_records.pb.h"

namespace ostraka::elections {

// The numbers are those of ostraka.v1.AdministrationOutcome.
enum class Outcome : std::uint8_t {
  created = 1,
  done = 2,
  unauthenticated = 3,
  unknown_election = 4,
  exists = 5,
  wrong_state = 6,
  invalid = 7,
  malformed = 8,
  unavailable = 9,
};
std::string_view outcome_name(Outcome outcome);

struct Decision {
  Outcome outcome = Outcome::unavailable;
  std::string election;
  std::optional<v1::ElectionRecord> record;
  std::vector<election::Mistake> mistakes;  // invalid, malformed
  std::string detail;
};

// What an opening freezes.
struct OpeningFacts {
  std::uint32_t partitions = 0;
  std::string pepper_commitment;
};

Decision decide_create(const election::Catalogue& catalogue, std::string_view definition_json, WallTime now);
// `merge_patch` is RFC 7396. While open it may move the end and nothing else; null means closed by command.
Decision decide_update(const election::Catalogue& catalogue, std::string_view id, std::string_view merge_patch,
                       WallTime now);
Decision decide_open(const election::Catalogue& catalogue, std::string_view id, const OpeningFacts& facts, WallTime now);

enum class ClosedBy : std::uint8_t { command, schedule };
Decision decide_close(const election::Catalogue& catalogue, std::string_view id, ClosedBy by, WallTime now);

// `closed_at`: per partition the offset of its closed marker, as the ballot boxes reported it. All partitions must be
// among them: certifying is for what is final.
Decision decide_certify(const election::Catalogue& catalogue, std::string_view id,
                        const std::map<std::uint32_t, std::uint64_t>& closed_at, WallTime now);

// What the schedule asks for at `now`.
struct DueAct {
  enum class Kind : std::uint8_t { open, close } kind;
  std::string election;
};
std::vector<DueAct> due_acts(const election::Catalogue& catalogue, WallTime now);
// When it asks next; not after `now` while something is due. Empty when nothing is scheduled. An election whose end
// passed before it opened (nothing ran in between) stays scheduled until somebody moves its end.
std::optional<WallTime> next_due(const election::Catalogue& catalogue, WallTime now);

}  // namespace ostraka::elections
