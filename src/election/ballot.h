// A ballot: from the JSON a voter sends to the canonical bytes a record carries, and back. Pure.
//
// Canonical form (docs/formats/ballot.md): for each contest in the definition's order a varint count n, then n entries.
// single, approval: option numbers, ascending. ranked: option numbers in order of preference. score: pairs (option
// number, points), ascending by option, points 0 written like any other. A contest that the voter left out is n = 0
// (allowed only where min_choices is 0). One ballot has exactly one canonical form.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "election/definition.h"

namespace ostraka::election {

inline constexpr std::size_t k_vote_body_bytes_max = 16 * 1024;

struct ParsedBallot {
  std::string canonical;          // valid only when there are no mistakes
  std::vector<Mistake> mistakes;  // every one that was found, at most k_mistakes_max
  bool malformed = false;         // not JSON of the form {"ballot":{...}} (400); mistakes[0] says what
};
inline constexpr std::size_t k_mistakes_max = 32;

// Reads request bodies. Keeps its parser's buffers between calls: one per thread, not shared.
class BallotParser {
 public:
  BallotParser();
  ~BallotParser();
  BallotParser(BallotParser&&) noexcept;

  // `body` is the whole request body. Strict: unknown members, duplicate members, wrong types and unknown options are
  // mistakes; invalid UTF-8 is malformed.
  ParsedBallot parse(const Definition& definition, std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Choice {
  std::uint32_t option = 0;
  std::uint32_t points = 1;  // score only
};

// One inner vector a contest, in the definition's order.
using Choices = std::vector<std::vector<Choice>>;

// The canonical form. REQUIRES: a ballot that this definition allows; its entries may come in any order, except that
// the order of a ranked contest's is the voter's.
std::string encode_ballot(const Definition& definition, Choices choices);

// Empty unless `canonical` is the canonical form of a ballot that this definition allows.
std::optional<Choices> decode_ballot(const Definition& definition, std::string_view canonical);

// The same into memory that is used again. False, and `choices` is anything, where decode_ballot is empty.
bool decode_ballot_into(const Definition& definition, std::string_view canonical, Choices& choices);

// As decode_ballot, without building anything: the fold asks this for every record.
bool is_valid_ballot(const Definition& definition, std::string_view canonical);

}  // namespace ostraka::election
