// The log as those read it who count: as it is, or, in a broken variant, with one lie in it for the tally or for the
// recount. The code that counts is the product's either way.
#pragma once

#include <cstdint>
#include <memory>

#include "log/log.h"
#include "sim/variant.h"

namespace ostraka::sim {

enum class Counter : std::uint8_t { tally, recount };

// For reading only. REQUIRES: `inner` outlives it and all that it opens.
std::unique_ptr<log::Log> counting_log(Variant variant, Counter counter, log::Log& inner);

}  // namespace ostraka::sim
