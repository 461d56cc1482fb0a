#include "ballotbox/core/markers.h"

#include <algorithm>

#include "ballotbox/core/ballot_record.h"
#include "base/broken.h"

namespace ostraka::ballotbox {

DueMarkers due_markers(const std::vector<std::shared_ptr<const election::Entry>>& unsettled, const once::Fold& fold,
                       std::uint32_t partitions, WallTime now, Schedule schedule) {
  DueMarkers due;
  for (const auto& entry : unsettled) {
    const std::string& id = entry->definition.id;
    const once::Window window = fold.window_of(id);
    if (window.closed) {
      continue;
    }
    if (!window.opened) {
      if (entry->partitions != partitions && !broken(Break::opens_under_any_partition_count)) {
        continue;
      }
      due.records.push_back(encode_opened({id, entry->hash, partitions, entry->pepper_commitment, now}));
    }
    const auto& end = entry->definition.closes_at;
    const bool by_schedule = end && *end <= now;
    if (has_closed(*entry) || (by_schedule && schedule == Schedule::followed)) {
      due.records.push_back(encode_closed(id, now));
    } else if (by_schedule) {
      due.schedule_waited = true;
    }
  }
  return due;
}

std::optional<WallTime> next_end(const std::vector<std::shared_ptr<const election::Entry>>& unsettled,
                                 const once::Fold& fold) {
  std::optional<WallTime> next;
  for (const auto& entry : unsettled) {
    const auto& end = entry->definition.closes_at;
    if (end && !fold.window_of(entry->definition.id).closed) {
      next = next ? std::min(*next, *end) : *end;
    }
  }
  return next;
}

std::vector<std::shared_ptr<const election::Entry>> unsettled_elections(const Elections& elections,
                                                                        const once::Fold& fold) {
  std::vector<std::shared_ptr<const election::Entry>> unsettled;
  for (const auto& [id, entry] : elections) {
    if (has_opened(*entry) && !fold.window_of(id).closed) {
      unsettled.push_back(entry);
    }
  }
  return unsettled;
}

}  // namespace ostraka::ballotbox
