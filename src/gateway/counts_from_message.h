// Counts, from the messages of proto/ostraka/v1/tally_service.proto to structs.
#pragma once

#include "election/results/counts.h"
#include "ostraka/v1/tally_service.pb.h"

namespace ostraka::gateway {

election::results::ElectionCounts counts_from(const v1::ElectionCounts& message);

}  // namespace ostraka::gateway
