// The records of the `ballots` stream, to bytes and back (docs/formats/ballot-record.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::ballotbox {

inline constexpr std::size_t k_ballot_hash_bytes = 16;

struct VoteFields {
  std::string_view election;
  VoterKey voter;
  std::string_view ballot;
  std::string_view ballot_hash;
  bool development = false;
};
std::string encode_vote(const VoteFields& vote);

// Encodes votes one at a time from one message that is kept. Owned by one thread.
class VoteEncoder {
 public:
  // Behind what is in `out`.
  void append(const VoteFields& vote, std::string& out);

 private:
  v1::BallotRecord record_;
};

struct OpenedFields {
  std::string_view election;
  std::string_view definition_hash;
  std::uint32_t partitions = 0;
  std::string_view pepper_commitment;
  WallTime at;
};
std::string encode_opened(const OpenedFields& opened);
std::string encode_closed(std::string_view election, WallTime at);

enum class RecordKind : std::uint8_t { vote, opened, closed, unreadable };

// Reads records one at a time into one message that is kept. Owned by one thread.
class RecordReader {
 public:
  // Unreadable: not a BallotRecord, no kind, an election that is no identifier, or a vote whose voter key or ballot
  // hash does not have 16 bytes.
  RecordKind read(std::string_view bytes);

  // Of the last read(); each REQUIRES that kind, and lives until the next read().
  VoteFields vote() const;
  const v1::OpenedMarker& opened() const { return record_.opened(); }
  const v1::ClosedMarker& closed() const { return record_.closed(); }

 private:
  v1::BallotRecord record_;
};

}  // namespace ostraka::ballotbox
