// The one change an open election allows, read from a merge patch: {"closes_at": "…"} or {"closes_at": null}. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ostraka::elections {

struct EndPatch {
  enum class Kind : std::uint8_t { end, nothing, invalid, other_members, malformed } kind = Kind::malformed;
  std::optional<WallTime> closes_at;  // empty: closed by command
  std::string detail;
};

EndPatch read_end_patch(std::string_view merge_patch);

}  // namespace ostraka::elections
