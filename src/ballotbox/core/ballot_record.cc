#include "ballotbox/core/ballot_record.h"

#include "base/check.h"

namespace ostraka::ballotbox {

std::string encode_vote(const VoteFields& vote) {
  std::string record;
  VoteEncoder().append(vote, record);
  return record;
}

void VoteEncoder::append(const VoteFields& vote, std::string& out) {
  v1::Vote& message = *record_.mutable_vote();
  message.set_election(vote.election.data(), vote.election.size());
  message.set_voter_key(vote.voter.view().data(), VoterKey::k_bytes);
  message.set_ballot(vote.ballot.data(), vote.ballot.size());
  message.set_ballot_hash(vote.ballot_hash.data(), vote.ballot_hash.size());
  message.set_development(vote.development);
  check(record_.AppendToString(&out), "a vote's record is small");
}

std::string encode_opened(const OpenedFields& opened) {
  v1::BallotRecord record;
  v1::OpenedMarker& out = *record.mutable_opened();
  out.set_election(opened.election.data(), opened.election.size());
  out.set_definition_hash(opened.definition_hash.data(), opened.definition_hash.size());
  out.set_partitions(opened.partitions);
  out.set_pepper_commitment(opened.pepper_commitment.data(), opened.pepper_commitment.size());
  out.set_at_ms(to_milliseconds(opened.at));
  return record.SerializeAsString();
}

std::string encode_closed(std::string_view election, WallTime at) {
  v1::BallotRecord record;
  v1::ClosedMarker& out = *record.mutable_closed();
  out.set_election(election.data(), election.size());
  out.set_at_ms(to_milliseconds(at));
  return record.SerializeAsString();
}

RecordKind RecordReader::read(std::string_view bytes) {
  if (!record_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return RecordKind::unreadable;
  }
  switch (record_.kind_case()) {
    case v1::BallotRecord::kVote: {
      const v1::Vote& vote = record_.vote();
      const bool whole = is_identifier(vote.election()) && vote.voter_key().size() == VoterKey::k_bytes &&
                         vote.ballot_hash().size() == k_ballot_hash_bytes;
      return whole ? RecordKind::vote : RecordKind::unreadable;
    }
    case v1::BallotRecord::kOpened:
      return is_identifier(record_.opened().election()) ? RecordKind::opened : RecordKind::unreadable;
    case v1::BallotRecord::kClosed:
      return is_identifier(record_.closed().election()) ? RecordKind::closed : RecordKind::unreadable;
    case v1::BallotRecord::KIND_NOT_SET:
      return RecordKind::unreadable;
  }
  return RecordKind::unreadable;
}

VoteFields RecordReader::vote() const {
  const v1::Vote& vote = record_.vote();
  const auto voter = VoterKey::from_bytes(vote.voter_key());
  check(voter.has_value(), "vote() after a read() that found one");
  return {vote.election(), *voter, vote.ballot(), vote.ballot_hash(), vote.development()};
}

}  // namespace ostraka::ballotbox
