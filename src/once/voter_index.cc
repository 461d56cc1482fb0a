#include "once/voter_index.h"

namespace ostraka::once {

std::optional<CountedBallot> VoterIndex::find(const VoterKey& voter) const {
  const Table& table = tables_[table_of(voter)];
  const auto found = table.find(voter);
  if (found == table.end()) {
    return std::nullopt;
  }
  return found->second;
}

VoterIndex::Inserted VoterIndex::insert_first(const VoterKey& voter, const CountedBallot& ballot) {
  const auto [place, is_first] = tables_[table_of(voter)].try_emplace(voter, ballot);
  entries_ += is_first ? 1 : 0;
  return {place->second, is_first};
}

std::size_t VoterIndex::bytes() const {
  // The table keeps groups of 15 slots with 16 bytes of tags each.
  constexpr std::size_t k_group_slots = 15;
  constexpr std::size_t k_group_tags_bytes = 16;
  std::size_t bytes = k_tables * sizeof(Table);
  for (std::size_t i = 0; i < k_tables; ++i) {
    const std::size_t slots = tables_[i].bucket_count();
    bytes += slots * sizeof(Table::value_type) + (slots + k_group_slots - 1) / k_group_slots * k_group_tags_bytes;
  }
  return bytes;
}

}  // namespace ostraka::once
