#include "ballotbox/core/record_fold.h"

#include <algorithm>

#include "ballotbox/core/elections.h"
#include "base/broken.h"
#include "base/check.h"

namespace ostraka::ballotbox {
namespace {

// Empty when the marker is the one that the opening in the `elections` stream asks for.
std::string what_is_wrong(const v1::OpenedMarker& opened, const election::Entry& entry, std::uint32_t partitions) {
  if ((opened.partitions() != partitions || entry.partitions != partitions) &&
      !broken(Break::no_check_of_the_frozen_count)) {
    return fmt::format("opened with {} partitions (the elections stream says {}), but {} are running",
                       opened.partitions(), entry.partitions, partitions);
  }
  if (opened.definition_hash() != entry.hash) {
    return "opened marker of another definition";
  }
  if (opened.pepper_commitment() != entry.pepper_commitment) {
    return "opened marker with another pepper commitment";
  }
  return {};
}

}  // namespace

Status RecordFold::apply(std::span<const std::string_view> records) {
  while (!records.empty()) {
    const std::size_t count = std::min(records.size(), ahead_.size());
    for (std::size_t i = 0; i < count; ++i) {
      read_ahead(records[i], ahead_[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (Status applied = apply(ahead_[i], next()); !applied) {
        return applied;
      }
    }
    records = records.subspan(count);
  }
  return {};
}

void RecordFold::read_ahead(std::string_view record, Read& read) const {
  read.kind = read.reader.read(record);
  if (read.kind == RecordKind::vote) {
    const VoteFields vote = read.reader.vote();
    fold_.prefetch(vote.election, vote.voter);
  }
}

Status RecordFold::apply(const Read& read, Offset at) {
  switch (read.kind) {
    case RecordKind::vote: {
      const VoteFields vote = read.reader.vote();
      fold_.apply_vote({vote.election, vote.voter, once::short_ballot_hash(vote.ballot_hash), form_of(vote)}, at);
      return {};
    }
    case RecordKind::opened:
      return apply_opened(read.reader.opened(), at);
    case RecordKind::closed:
      fold_.apply_closed(read.reader.closed().election(), at);
      return {};
    case RecordKind::unreadable:
      fold_.apply_unreadable(at);
      return {};
  }
  return {};
}

Result<std::shared_ptr<const election::Entry>> RecordFold::opening_of(const v1::OpenedMarker& opened) {
  auto entry = find_opened_(opened.election());
  if (entry && (*entry == nullptr || !has_opened(**entry))) {
    // The marker was written by somebody who had read of the opening, so what is read now is not the whole stream:
    // after a loss of power its end shows only once its writer has been back. Judging, closing or refusing anything by
    // it would be wrong.
    return fail(ErrorKind::unavailable,
                "partition {}: election {} is open here, but the elections stream does not show it",
                fold_.partition().value, opened.election());
  }
  return entry;
}

Status RecordFold::apply_opened(const v1::OpenedMarker& opened, Offset at) {
  const auto entry = opening_of(opened);
  if (!entry) {
    return tl::make_unexpected(entry.error());
  }
  const bool unchecked = broken(Break::no_check_of_the_frozen_count);
  const std::uint32_t partitions = unchecked ? partitions_ : opened.partitions();
  if (fold_.apply_opened(opened.election(), partitions, at) == once::MarkerEffect::takes_effect) {
    pin(opened, *entry);
  }
  return {};
}

void RecordFold::pin(const v1::OpenedMarker& opened, std::shared_ptr<const election::Entry> entry) {
  opened_[opened.election()] = opened;
  std::string wrong = what_is_wrong(opened, *entry, partitions_);
  if (wrong.empty()) {
    pinned_[opened.election()] = std::move(entry);
  } else {
    report_fault(opened.election(), std::move(wrong));
  }
}

Status RecordFold::adopt(once::Fold fold, const std::vector<v1::OpenedMarker>& opened) {
  std::vector<std::shared_ptr<const election::Entry>> entries;
  for (const v1::OpenedMarker& marker : opened) {
    auto entry = opening_of(marker);
    if (!entry) {
      return tl::make_unexpected(entry.error());
    }
    entries.push_back(std::move(*entry));
  }
  fold_ = std::move(fold);
  for (std::size_t i = 0; i < opened.size(); ++i) {
    pin(opened[i], std::move(entries[i]));
  }
  return {};
}

const v1::OpenedMarker& RecordFold::opened_marker(std::string_view election) const {
  const auto found = opened_.find(election);
  check(found != opened_.end(), "an election that has opened");
  return found->second;
}

once::BallotForm RecordFold::form_of(const VoteFields& vote) const {
  const election::Entry* entry = pinned(vote.election);
  const bool valid = entry != nullptr && rules_.is_valid_ballot(entry->definition, vote.ballot);
  return valid ? once::BallotForm::valid : once::BallotForm::invalid;
}

const election::Entry* RecordFold::pinned(std::string_view election) const {
  const auto found = pinned_.find(election);
  return found == pinned_.end() ? nullptr : found->second.get();
}

void RecordFold::report_fault(std::string_view election, std::string what) {
  faults_.insert_or_assign(std::string(election), std::move(what));
}

}  // namespace ostraka::ballotbox
