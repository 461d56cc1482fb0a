// The result document: the JSON of /v1/elections/{id}/results. Pure.
//
// - `ballots`: counted, repeated, held, outside: of the records that `covers` covers, as verdicts of the fold.
// - `covers`: per partition the offset before which everything is in this document, rounds included.
// - `final`: every partition's closed marker is covered, and every ranked contest has its exact rounds.
// - `winners`: who is ahead in what is covered: all that share the lead (single, approval, score), the winner of the
//   runoff (ranked); empty while there is none. Of an open election that is a leader, not a winner.
// - `share` of an option, rounded to six decimals, 0 where there is nothing to divide by:
//   single and ranked: its votes of all votes (first preferences) in this contest;
//   approval: its votes of all counted ballots, so that the shares may add up to more than 1;
//   score: its points of all points in this contest.
// - `rounds`: ranked only; while there are too many different rankings to count live it is empty and the contest
//   carries "bounded": true.
// - "development": true when a vote of the development issuer counts; absent otherwise.
#pragma once

#include <string>

#include "base/clock.h"
#include "election/catalogue.h"
#include "election/definition.h"
#include "election/results/merger.h"

namespace ostraka::election::results {

struct DocumentMoment {
  State state = State::draft;
  std::uint32_t partitions = 0;  // Entry::partitions; 0 before the opening
  WallTime as_of;
};

// What contradicts the definition (an option or contest too many) is left out: counts come from another service.
std::string results_json(const Definition& definition, const DocumentMoment& moment, const MergedElection& merged);

// Whether the document would say "final": true.
bool is_final(const Definition& definition, const DocumentMoment& moment, const MergedElection& merged);

}  // namespace ostraka::election::results
