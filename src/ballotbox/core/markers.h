// Which markers a partition still needs. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ballotbox/core/elections.h"
#include "base/clock.h"
#include "once/fold.h"

namespace ostraka::ballotbox {

// Whether closing by schedule is allowed now: the clock guard's word.
enum class Schedule : std::uint8_t { followed, waits };

struct DueMarkers {
  std::vector<std::string> records;  // an election's opened marker before its closed one
  bool schedule_waited = false;      // an election's end has passed, and only the clocks' disagreement keeps it open
};

// Elections of the view that are not yet closed in this partition: the only ones that can ever need a marker.
// REQUIRES: partitions is this system's count; an election that was opened with another one gets no opened marker here.
DueMarkers due_markers(const std::vector<std::shared_ptr<const election::Entry>>& unsettled, const once::Fold& fold,
                       std::uint32_t partitions, WallTime now, Schedule schedule);

// When the next of them ends by schedule. Empty when none has an end.
std::optional<WallTime> next_end(const std::vector<std::shared_ptr<const election::Entry>>& unsettled,
                                 const once::Fold& fold);

std::vector<std::shared_ptr<const election::Entry>> unsettled_elections(const Elections& elections,
                                                                        const once::Fold& fold);

}  // namespace ostraka::ballotbox
