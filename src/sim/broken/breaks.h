// The breaks of base/broken.h by name, and what each is to be caught by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/broken.h"
#include "sim/run.h"

namespace ostraka::sim {

struct KnownBreak {
  Break what = Break::none;
  std::string_view name;
  std::string_view caught_by;          // how one of the violations begins
  std::optional<BackendKind> backend;  // where it shows soonest; else as each seed draws it
};

std::span<const KnownBreak> known_breaks();

struct Caught {
  std::uint64_t seed = 0;  // the first that caught it; all before it did not
  std::string violation;
};

// Runs the seeds from 1 on. Empty when none of them catches it by what it is to be caught by.
std::optional<Caught> catch_break(const KnownBreak& known, std::uint64_t seeds_max);

}  // namespace ostraka::sim
