#include "identity/core/utf8.h"

#include <cstddef>
#include <cstdint>

namespace ostraka::identity {

namespace {

// The code point at the front, which is taken; -1 when it is not well-formed.
std::int32_t take_code_point(std::string_view& text) {
  const auto byte = [&text](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) {
    return -1;
  }
  std::int32_t point = first & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return -1;
    }
    point = point << 6 | (byte(i) & 0x3F);
  }
  const std::int32_t smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    return -1;
  }
  text.remove_prefix(length);
  return point;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const std::int32_t point = take_code_point(text);
    if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) {
      return false;
    }
  }
  return true;
}

}  // namespace ostraka::identity
