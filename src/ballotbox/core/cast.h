// A vote as it arrives at the ballot box, and the answer to it. Value types.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "election/definition.h"

namespace ostraka::ballotbox {

// The views are the caller's and need to live only as long as the call they are handed to.
struct CastInput {
  std::string_view election;
  std::string_view ballot_token;
  std::string_view body;
};

// The first 16 bytes of a receipt's MAC, or nothing: inside the answer, for every vote has one.
class BallotHash {
 public:
  static constexpr std::size_t k_bytes = 16;

  BallotHash() = default;
  // REQUIRES: at least k_bytes.
  explicit BallotHash(std::string_view mac) : is_there_(true) { std::memcpy(bytes_, mac.data(), k_bytes); }

  bool empty() const { return !is_there_; }
  void clear() { is_there_ = false; }
  std::string_view view() const { return {bytes_, is_there_ ? k_bytes : 0}; }
  bool operator==(const BallotHash& other) const { return view() == other.view(); }

 private:
  char bytes_[k_bytes] = {};
  bool is_there_ = false;
};

// The numbers are those of ostraka.v1.CastOutcome.
enum class CastOutcome : std::uint8_t {
  counted = 1,         // the vote is durable and counts
  already_counts = 2,  // this same ballot of the voter counts already
  already_voted = 3,   // another ballot of the voter counts
  invalid_token = 4,
  not_open = 5,
  unknown_election = 6,
  invalid_ballot = 7,
  malformed_body = 8,
  unavailable = 9,  // outcome unknown, or not now: sending it again is safe
  not_taken = 10,   // this ballot box does not serve the partition now, and wrote nothing: ask another one, or again
};
inline constexpr std::size_t k_cast_outcomes = 11;  // one past the largest number
std::string_view cast_outcome_name(CastOutcome outcome);

struct CastAnswer {
  CastOutcome outcome = CastOutcome::unavailable;
  Partition partition;
  Offset offset;            // of the ballot that counts: counted, already_counts, already_voted
  BallotHash ballot_hash;  // counted, already_counts
  std::vector<election::Mistake> mistakes;
  std::string detail;
};

}  // namespace ostraka::ballotbox
