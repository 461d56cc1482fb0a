#include "base/bytes.h"

#include <array>

namespace ostraka {

namespace {

// -1 where there is none.
constexpr std::array<std::int8_t, 256> k_hex_digits = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 16; ++i) {
    table[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}();

int hex_digit(char c) { return k_hex_digits[static_cast<unsigned char>(c)]; }

}  // namespace

void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char k_digits[] = "0123456789abcdef";
  std::size_t at = out.size();
  out.resize(at + bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out[at++] = k_digits[byte >> 4];
    out[at++] = k_digits[byte & 15];
  }
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  append_hex(hex, bytes);
  return hex;
}

bool read_hex(std::string_view hex, char* out) {
  int wrong = 0;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]);
    const int low = hex_digit(hex[i + 1]);
    wrong |= high | low;
    *out++ = static_cast<char>(high << 4 | low);
  }
  return wrong >= 0 && hex.size() % 2 == 0;
}

std::optional<std::string> bytes_from_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  if (!read_hex(hex, bytes.data())) {
    return std::nullopt;
  }
  return bytes;
}

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    const std::uint64_t bits = byte & 0x7F;
    if (i == 9 && bits > 1) {
      return std::nullopt;
    }
    value |= bits << (7 * i);
    if ((byte & 0x80) == 0) {
      if (byte == 0 && i > 0) {
        return std::nullopt;
      }
      in.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace ostraka
