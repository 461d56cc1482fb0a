// The product's embedded log on a simulated disk: crashes at every durable step, failed syncs, a full disk, lost power.
#pragma once

#include <memory>

#include "sim/backend.h"

namespace ostraka::sim {

// REQUIRES: `rng` outlives it.
std::unique_ptr<Backend> make_embedded_backend(Rng& rng);

}  // namespace ostraka::sim
