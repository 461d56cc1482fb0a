#include "recount/verdicts.h"

#include "base/broken.h"
#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::recount {

namespace {

std::string_view election_of(const v1::BallotRecord& record) {
  return record.has_vote()     ? record.vote().election()
         : record.has_opened() ? record.opened().election()
                               : record.closed().election();
}

}  // namespace

Status PartitionWalk::next(std::string_view bytes) {
  v1::BallotRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !is_identifier(election_of(record))) {
    ++accounts_.unreadable;
    return {};
  }
  const std::string& election = entry_.definition.id;
  if (record.has_opened()) {
    const v1::OpenedMarker& marker = record.opened();
    if (marker.election() != election || phase_ != Phase::before || marker.partitions() == 0) {
      return {};
    }
    if (marker.definition_hash() != entry_.hash || marker.partitions() != entry_.partitions ||
        marker.pepper_commitment() != entry_.pepper_commitment) {
      return fail(ErrorKind::damaged, "ballots/{}: an opened marker contradicts the opening of {}", partition_.value,
                  election);
    }
    phase_ = Phase::during;
    return {};
  }
  if (record.has_closed()) {
    if (record.closed().election() == election) {
      phase_ = Phase::after;
      accounts_.closed = true;
    }
    return {};
  }
  const v1::Vote& vote = record.vote();
  const auto voter = VoterKey::from_bytes(vote.voter_key());
  if (!voter || vote.ballot_hash().size() != 16) {
    ++accounts_.unreadable;
    return {};
  }
  if (vote.election() != election) {
    return {};
  }
  const bool in_time = phase_ == Phase::during;
  const bool at_home = voter->first_eight_big_endian() % entry_.partitions == partition_.value;
  const auto ballot = in_time && at_home ? read_ballot(entry_.definition, vote.ballot()) : std::nullopt;
  if (!ballot) {
    ++accounts_.outside;
    return {};
  }
  if (!voters_.insert(*voter).second && !broken(Break::recount_counts_repeats)) {
    ++accounts_.repeated;
    return {};
  }
  ++accounts_.counted;
  accounts_.development |= vote.development();
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    counts_[i].add((*ballot)[i]);
  }
  return {};
}

}  // namespace ostraka::recount
