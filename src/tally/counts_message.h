// Counts, as structs, to the messages of proto/ostraka/v1/tally_service.proto.
#pragma once

#include "election/results/counts.h"
#include "ostraka/v1/tally_service.pb.h"

namespace ostraka::tally {

v1::ElectionCounts to_message(const election::results::ElectionCounts& counts);

}  // namespace ostraka::tally
