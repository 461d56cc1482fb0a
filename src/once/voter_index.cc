#include "once/voter_index.h"

#include "base/check.h"

namespace ostraka::once {

namespace {

void store(std::uint64_t value, std::uint8_t* to, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    to[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::uint64_t load(const std::uint8_t* from, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value |= std::uint64_t{from[i]} << (8 * i);
  }
  return value;
}

}  // namespace

VoterIndex::Table::Payload VoterIndex::pack(const CountedBallot& ballot) {
  check(ballot.offset.value <= k_index_offset_max && ballot.ballot_hash <= k_short_hash_mask, "an entry that fits");
  Table::Payload payload;
  store(ballot.offset.value, payload.data(), k_offset_bytes);
  store(ballot.ballot_hash, payload.data() + k_offset_bytes, k_hash_bytes);
  return payload;
}

CountedBallot VoterIndex::unpack(const std::uint8_t* payload) {
  return {Offset{load(payload, k_offset_bytes)}, load(payload + k_offset_bytes, k_hash_bytes)};
}

std::optional<CountedBallot> VoterIndex::find(const VoterKey& voter) const {
  const std::uint8_t* found = table_->find(voter);
  return found == nullptr ? std::nullopt : std::optional(unpack(found));
}

VoterIndex::Inserted VoterIndex::insert_first(const VoterKey& voter, const CountedBallot& ballot) {
  const Table::Inserted inserted = table_->insert(voter, pack(ballot));
  return {unpack(inserted.payload), inserted.is_new};
}

}  // namespace ostraka::once
