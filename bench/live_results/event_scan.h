// Finds result documents in the bytes of an event stream, without parsing JSON or undoing the chunks: ten thousand
// viewers' documents have to cost the load generator little. It relies on the gateway's habit of sending an event as
// one chunk. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ostraka::bench {

inline constexpr std::size_t k_partitions_max = 4;  // as many as `ostraka up` has
using Covers = std::array<std::uint64_t, k_partitions_max>;

// The next document in bytes, or none yet. What stands before `taken` is done with.
struct ScannedEvent {
  bool is_found = false;
  std::string_view json = {};
  std::size_t taken = 0;
};
ScannedEvent next_event(std::string_view bytes);

// What stands between the braces of the document's "covers", or empty.
std::string_view covers_text(std::string_view json);
// Of such a text; 0 where a partition is not named.
Covers parse_covers(std::string_view text);

// The number behind "name": in JSON that is known to hold it once; `otherwise` when it does not.
std::uint64_t number_behind(std::string_view json, std::string_view quoted_name, std::uint64_t otherwise);
// The string behind "name":, without escapes; empty when there is none.
std::string_view string_behind(std::string_view json, std::string_view quoted_name);

}  // namespace ostraka::bench
