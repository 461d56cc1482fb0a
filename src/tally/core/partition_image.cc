// Of partition.h: what index snapshots need.
#include "base/broken.h"
#include "tally/core/partition.h"

namespace ostraka::tally {

namespace {

bool fits(const election::results::PartitionCounts& counts, const election::Definition& definition) {
  if (counts.contests.size() != definition.contests.size()) {
    return false;
  }
  for (std::size_t i = 0; i < counts.contests.size(); ++i) {
    if (counts.contests[i].size() != definition.contests[i].options.size()) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<TallyPartition::ElectionView> TallyPartition::elections() const {
  std::vector<ElectionView> views;
  for (const auto& [id, state] : elections_) {
    views.push_back({id, state->marker, state->counts, state->voters});
  }
  return views;
}

Status TallyPartition::adopt(PartitionImage image, const election::Catalogue& catalogue) {
  std::map<std::string, std::unique_ptr<Election>, std::less<>> elections;
  std::uint64_t records = image.markers + image.unreadable;
  for (PartitionImage::Election& given : image.elections) {
    auto state = std::make_unique<Election>();
    state->counts = std::move(given.counts);
    state->voters = std::move(given.voters);
    const election::results::PartitionCounts& counts = state->counts;
    records += counts.counted + counts.repeated + counts.held + counts.outside;
    if (counts.counted != state->voters.size() || counts.opened != given.marker.has_value()) {
      return fail(ErrorKind::invalid, "the counts of {} do not add up", given.id);
    }
    if (given.marker) {
      auto entry = opening_of(catalogue, *given.marker);
      if (!entry) {
        return tl::make_unexpected(entry.error());
      }
      state->marker = std::move(given.marker);
      state->entry = std::move(*entry);
      if (!fits(counts, state->entry->definition)) {
        return fail(ErrorKind::invalid, "the counts of {} do not fit its definition", given.id);
      }
      state->rankings = no_rankings(*state);
    }
    if (!elections.emplace(std::move(given.id), std::move(state)).second) {
      return fail(ErrorKind::invalid, "an election is there twice");
    }
  }
  if (records != image.next.value && !broken(Break::tally_trusts_a_snapshot_beyond_its_offset)) {
    return fail(ErrorKind::invalid, "the counts do not add up to the records");
  }
  elections_ = std::move(elections);
  last_ = nullptr;
  last_id_ = {};
  next_ = image.next;
  markers_ = image.markers;
  unreadable_ = image.unreadable;
  return {};
}

}  // namespace ostraka::tally
