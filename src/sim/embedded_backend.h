// The product's embedded log on a simulated disk: crashes at every durable step, failed syncs, a full disk, lost power.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/backend.h"

namespace ostraka::sim {

enum class Syncs : std::uint8_t { honest, lying };  // the second is a broken variant

// REQUIRES: `rng` outlives it.
std::unique_ptr<Backend> make_embedded_backend(Rng& rng, Syncs syncs);

}  // namespace ostraka::sim
