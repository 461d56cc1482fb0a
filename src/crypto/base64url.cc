#include "crypto/base64url.h"

#include <array>
#include <cstdint>

namespace ostraka::crypto {

namespace {

constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t k_no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(k_no_digit);
  for (std::size_t i = 0; i < k_alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(k_alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}
constexpr std::array<std::uint8_t, 256> k_digits = make_digits();

std::uint32_t digit(char c) {
  return k_digits[static_cast<unsigned char>(c)];
}

// The two or three digits behind the last whole group. False when their unused low bits are not zero.
bool decode_tail(std::string_view tail, char* to) {
  const std::uint32_t first = digit(tail[0]);
  const std::uint32_t second = digit(tail[1]);
  if (tail.size() == 2) {
    to[0] = static_cast<char>(first << 2 | second >> 4);
    return first < 64 && second < 64 && (second & 0x0F) == 0;
  }
  const std::uint32_t third = digit(tail[2]);
  to[0] = static_cast<char>(first << 2 | second >> 4);
  to[1] = static_cast<char>(second << 4 | third >> 2);
  return first < 64 && second < 64 && third < 64 && (third & 0x03) == 0;
}

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])); };
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const char digits[4] = {k_alphabet[group >> 18], k_alphabet[group >> 12 & 63], k_alphabet[group >> 6 & 63],
                            k_alphabet[group & 63]};
    out.append(digits, 4);
  }
  if (bytes.size() - i == 1) {
    out.push_back(k_alphabet[byte(i) >> 2]);
    out.push_back(k_alphabet[byte(i) << 4 & 63]);
  } else if (bytes.size() - i == 2) {
    const std::uint32_t group = byte(i) << 8 | byte(i + 1);
    out.push_back(k_alphabet[group >> 10]);
    out.push_back(k_alphabet[group >> 4 & 63]);
    out.push_back(k_alphabet[group << 2 & 63]);
  }
}

std::string base64url_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  append_base64url(out, bytes);
  return out;
}

bool base64url_decode_into(std::string_view text, std::string& out) {
  const std::size_t tail = text.size() % 4;
  if (tail == 1) {
    return false;
  }
  const std::size_t whole = text.size() - tail;
  out.resize(text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1));
  char* to = out.data();
  // Digits are below 64, everything else is 0xFF: one test of the high bits for the whole text.
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t a = digit(text[i]);
    const std::uint32_t b = digit(text[i + 1]);
    const std::uint32_t c = digit(text[i + 2]);
    const std::uint32_t d = digit(text[i + 3]);
    seen |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<char>(group >> 16);
    *to++ = static_cast<char>(group >> 8);
    *to++ = static_cast<char>(group);
  }
  return seen < 64 && (tail == 0 || decode_tail(text.substr(whole), to));
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::string out;
  if (!base64url_decode_into(text, out)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace ostraka::crypto
