// Hexadecimal and little-endian integers on byte strings. Bytes are std::string / std::string_view throughout:
// that is what Protocol Buffers, files and sockets hand over.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace ostraka {

static_assert(std::endian::native == std::endian::little, "formats are written with plain stores");

std::string to_hex(std::string_view bytes);
void append_hex(std::string& out, std::string_view bytes);
// Lower case only, even length; anything else is empty.
std::optional<std::string> bytes_from_hex(std::string_view hex);
// The same into hex.size() / 2 bytes at `out`, which hold anything when it returns false.
bool read_hex(std::string_view hex, char* out);

// REQUIRES: at least sizeof(Integer) bytes at `from` / `to`.
template <class Integer>
Integer load_le(const char* from) {
  Integer value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class Integer>
void store_le(char* to, Integer value) {
  std::memcpy(to, &value, sizeof value);
}

// LEB128 unsigned varint, as Protocol Buffers write it; at most 10 bytes.
void append_varint(std::string& out, std::uint64_t value);
// Reads one varint from the front of `in` and moves past it. Empty when truncated, longer than 10 bytes, or not in
// its shortest form (so that every value has one encoding).
std::optional<std::uint64_t> take_varint(std::string_view& in);

}  // namespace ostraka
