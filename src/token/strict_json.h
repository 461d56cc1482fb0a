// JSON that means one thing only: RFC 8259, UTF-8, no member twice in one object, bounded nesting. Two readers of a
// document with a member twice may each believe another value; a signature over it would cover both.
// Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace ostraka::token {

inline constexpr int k_json_depth_max = 16;

// Errors: invalid. The message says what is wrong, never what the document contains.
Result<nlohmann::json> parse_strict_json(std::string_view text);

}  // namespace ostraka::token
