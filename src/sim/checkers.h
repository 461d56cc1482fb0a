// The promises, held against the durable log: independent code that knows the record format and nothing of the ledger.
// Every violation is a sentence; none means that the run kept every promise.
#pragma once

#include <string>
#include <vector>

#include "sim/naive_fold.h"
#include "sim/world.h"

namespace ostraka::sim {

// REQUIRES: the world has run.
std::vector<std::string> check_promises(World& world);

}  // namespace ostraka::sim
