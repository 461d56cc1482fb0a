#include "audit/rules.h"

#include <fmt/core.h>

#include <algorithm>

#include "log/log.h"
#include "recount/ballot_numbers.h"

namespace ostraka::audit {

namespace {

constexpr std::size_t k_ballot_hash_bytes = 16;

std::string place_text(Place place) {
  return fmt::format("partition {}, offset {}", place.partition.value, place.offset.value);
}

}  // namespace

void Rules::violated(Place place, std::string what) {
  report_.add({Finding::Severity::violation, log::k_ballots_stream, place, std::move(what)});
}

void Rules::take(std::string_view bytes, Place place, LedgerSays ledger) {
  const bool parsed = record_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (parsed && record_.has_opened() && is_identifier(record_.opened().election())) {
    return take_opened(record_.opened(), place);
  }
  if (parsed && record_.has_closed() && is_identifier(record_.closed().election())) {
    return take_closed(record_.closed(), place);
  }
  const v1::Vote& vote = record_.vote();
  const bool whole = parsed && record_.has_vote() && is_identifier(vote.election()) &&
                     vote.voter_key().size() == VoterKey::k_bytes && vote.ballot_hash().size() == k_ballot_hash_bytes;
  if (whole) {
    return take_vote(vote, place, ledger);
  }
  violated(place,
           ledger == LedgerSays::counts ? "counted, but neither a vote nor a marker" : "neither a vote nor a marker");
}

void Rules::take_opened(const v1::OpenedMarker& marker, Place place) {
  Election& election = elections_[marker.election()];
  Window& window = election.windows[place.partition.value];
  if (window.opened || window.closed || marker.partitions() == 0) {
    return;
  }
  window.opened = place.offset;
  if (!election.opening) {
    const auto entry = find_opened_(marker.election());
    if (entry == nullptr) {
      violated(place, fmt::format("opened marker of {}, which the elections stream does not show as opened",
                                  marker.election()));
      election.opening = {marker.definition_hash(), marker.partitions(), marker.pepper_commitment()};
    } else {
      election.opening = {entry->hash, entry->partitions, entry->pepper_commitment};
    }
  }
  const Opening& opening = *election.opening;
  if (marker.definition_hash() != opening.definition_hash) {
    violated(place, fmt::format("opened marker of {} with another definition", marker.election()));
  }
  if (marker.partitions() != opening.partitions) {
    violated(place, fmt::format("opened marker of {} with {} partitions instead of {}", marker.election(),
                                marker.partitions(), opening.partitions));
  }
  if (marker.pepper_commitment() != opening.pepper_commitment) {
    violated(place, fmt::format("opened marker of {} with another pepper commitment", marker.election()));
  }
  if (place.partition.value >= opening.partitions) {
    violated(place,
             fmt::format("opened marker of {}, which has only {} partitions", marker.election(), opening.partitions));
  }
}

void Rules::take_closed(const v1::ClosedMarker& marker, Place place) {
  Window& window = elections_[marker.election()].windows[place.partition.value];
  if (!window.closed) {
    window.closed = place.offset;
  }
}

std::string_view Rules::objection(const Election& election, const v1::Vote& vote, Place place) const {
  const auto window = election.windows.find(place.partition.value);
  if (window == election.windows.end() || !window->second.opened) {
    return "before the election was opened here";
  }
  if (window->second.closed) {
    return "after the election was closed here";
  }
  const auto entry = find_opened_(vote.election());
  return entry != nullptr && recount::read_ballot(entry->definition, vote.ballot())
             ? std::string_view()
             : "with a ballot that the definition does not allow";
}

void Rules::take_vote(const v1::Vote& vote, Place place, LedgerSays ledger) {
  Election& election = elections_[vote.election()];
  const VoterKey voter = *VoterKey::from_bytes(vote.voter_key());
  bool misplaced = false;
  if (election.opening && election.opening->partitions > 0) {
    const std::uint64_t home = voter.first_eight_big_endian() % election.opening->partitions;
    misplaced = home != place.partition.value;
    if (misplaced) {
      violated(place, fmt::format("a vote in {} of a voter whose partition is {}", vote.election(), home));
    }
  }
  const std::string_view why_not = objection(election, vote, place);
  if (ledger == LedgerSays::counts) {
    ++report_.counted;
    if (!why_not.empty()) {
      violated(place, fmt::format("a vote in {} is counted {}", vote.election(), why_not));
    }
    if (const auto [first, is_first] = election.counted.try_emplace(voter, place); !is_first) {
      violated(place, fmt::format("a second ballot of one voter is counted in {}: the first is at {}", vote.election(),
                                  place_text(first->second)));
    }
    return;
  }
  ++report_.not_counted;
  if (why_not.empty() && !misplaced && !election.counted.contains(voter)) {
    violated(place, fmt::format("a vote in {} does not count, although it is its voter's first", vote.election()));
  }
}

void Rules::finish(const election::Catalogue& before) {
  report_.elections = static_cast<std::uint64_t>(std::count_if(
      elections_.begin(), elections_.end(), [](const auto& election) { return election.second.opening.has_value(); }));
  for (const auto& [id, entry] : before.entries()) {
    if (entry->state == election::State::closed || entry->state == election::State::certified) {
      check_closed(*entry);
    }
  }
}

void Rules::check_closed(const election::Entry& entry) {
  const std::string& id = entry.definition.id;
  std::uint32_t missing = 0;  // the first partition without the marker
  std::uint32_t closed = 0;
  for (const auto& [partition, window] : elections_[id].windows) {
    if (partition >= entry.partitions || !window.closed) {
      continue;
    }
    ++closed;
    missing += partition == missing ? 1 : 0;
    const auto certified = entry.certified_at.find(partition);
    if (certified != entry.certified_at.end() && certified->second != window.closed->value) {
      violated({Partition{partition}, *window.closed},
               fmt::format("closed marker of {}, which was certified as closed at offset {}", id, certified->second));
    }
  }
  if (closed == entry.partitions) {
    return;
  }
  // A ballot box writes its markers behind the close; nobody certifies before it has.
  const auto severity =
      entry.state == election::State::certified ? Finding::Severity::violation : Finding::Severity::pending;
  report_.add({severity,
               log::k_ballots_stream,
               {Partition{missing}, Offset{}},
               fmt::format("{} is {}, but {} of its {} partitions have no closed marker, this one first", id,
                           state_name(entry.state), entry.partitions - closed, entry.partitions)});
}

}  // namespace ostraka::audit
