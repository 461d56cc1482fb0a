// JSON from outside, read without mercy: what two readers could understand differently is refused.
// Pure; internal to election/ and its neighbours (it brings in nlohmann).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ostraka::election {

inline constexpr int k_json_depth_max = 32;

// Either a value or what is wrong with the document.
struct StrictJson {
  std::optional<nlohmann::json> value;
  std::string problem;
};

// One JSON text (RFC 8259) in UTF-8 and nothing else: no byte order mark, no NUL, no member twice in one object, at
// most `bytes_max` bytes and k_json_depth_max levels.
StrictJson parse_strict_json(std::string_view text, std::size_t bytes_max);

}  // namespace ostraka::election
