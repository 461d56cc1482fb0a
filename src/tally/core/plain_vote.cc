#include "tally/core/plain_vote.h"

#include <cstring>

#include "base/bytes.h"

namespace ostraka::tally {

namespace {

constexpr std::size_t k_hash_bytes = 16;
// Tag bytes: field number and wire type (2: length and bytes, 0: varint).
constexpr char k_record_vote = 1 << 3 | 2;
constexpr char k_election = 1 << 3 | 2;
constexpr char k_voter_key = 2 << 3 | 2;
constexpr char k_ballot = 3 << 3 | 2;
constexpr char k_ballot_hash = 4 << 3 | 2;

constexpr std::uint64_t k_more = 0x80;  // of a varint's first byte: others follow

constexpr std::string_view k_development{"\x28\x01", 2};  // field 5, true

bool begins_with(std::string_view bytes, char tag) { return !bytes.empty() && bytes.front() == tag; }

// A field of bytes at the front of `in`, and moves past it.
std::optional<std::string_view> take_bytes(std::string_view& in, char tag) {
  if (!begins_with(in, tag)) {
    return std::nullopt;
  }
  in.remove_prefix(1);
  // Nearly every length is one byte.
  std::uint64_t length = in.empty() ? k_more : static_cast<unsigned char>(in.front());
  if (length < k_more) {
    in.remove_prefix(1);
  } else if (const std::optional<std::uint64_t> longer = take_varint(in)) {
    length = *longer;
  } else {
    return std::nullopt;
  }
  if (length > in.size()) {
    return std::nullopt;
  }
  const std::string_view bytes = in.substr(0, length);
  in.remove_prefix(length);
  return bytes;
}

}  // namespace

std::optional<VoteView> read_plain_vote(std::string_view record, std::string_view known_election) {
  std::optional<std::string_view> fields = take_bytes(record, k_record_vote);
  if (!fields || !record.empty()) {
    return std::nullopt;
  }
  const auto election = take_bytes(*fields, k_election);
  const auto voter = election ? take_bytes(*fields, k_voter_key) : std::nullopt;
  const bool is_known = election && !election->empty() && *election == known_election;
  if (!voter || voter->size() != VoterKey::k_bytes || (!is_known && !is_identifier(*election))) {
    return std::nullopt;
  }
  VoteView vote{*election, {}, {}, false};
  std::memcpy(vote.voter.bytes.data(), voter->data(), VoterKey::k_bytes);
  if (begins_with(*fields, k_ballot)) {
    const auto ballot = take_bytes(*fields, k_ballot);
    if (!ballot) {
      return std::nullopt;
    }
    vote.ballot = *ballot;
  }
  const auto hash = take_bytes(*fields, k_ballot_hash);
  if (!hash || hash->size() != k_hash_bytes) {
    return std::nullopt;
  }
  if (!fields->empty()) {
    if (*fields != k_development) {
      return std::nullopt;
    }
    vote.development = true;
  }
  return vote;
}

}  // namespace ostraka::tally
