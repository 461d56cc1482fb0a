#include "io/fatal_line.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace ostraka::io {

namespace {

constexpr std::string_view k_line_end = "\"}\n";

// Bytes of the well-formed UTF-8 character that begins `text`; 0 when none does (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF). REQUIRES: text is not empty.
std::size_t character_bytes(std::string_view text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&at](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned first = at(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return follows(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool good = follows(1) && follows(2) && (first != 0xE0 || at(1) >= 0xA0) && (first != 0xED || at(1) <= 0x9F);
    return good ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool good =
        follows(1) && follows(2) && follows(3) && (first != 0xF0 || at(1) >= 0x90) && (first != 0xF4 || at(1) <= 0x8F);
    return good ? 4 : 0;
  }
  return 0;
}

class LineBuffer {
 public:
  explicit LineBuffer(std::span<char, k_fatal_line_bytes_max> out) : out_(out) {}

  // False, and nothing put, when it would leave no room for the line's end.
  bool put(std::string_view bytes) {
    if (bytes.size() + k_line_end.size() > out_.size() - size_) {
      return false;
    }
    std::memcpy(out_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
  }

  void put_number(unsigned value, std::size_t digits) {
    char text[8];
    for (std::size_t i = digits; i > 0; --i, value /= 10) {
      text[i - 1] = static_cast<char>('0' + value % 10);
    }
    put({text, digits});
  }

  // As the inside of a JSON string.
  void put_escaped(std::string_view text) {
    while (!text.empty()) {
      const std::size_t bytes = character_bytes(text);
      if (!put_character(text.substr(0, bytes))) {
        return;
      }
      text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
  }

  std::size_t finish() {
    std::memcpy(out_.data() + size_, k_line_end.data(), k_line_end.size());
    return size_ + k_line_end.size();
  }

 private:
  // Empty stands for a byte that is no character.
  bool put_character(std::string_view character) {
    if (character.empty()) {
      return put("\\ufffd");
    }
    const auto first = static_cast<unsigned char>(character[0]);
    if (first == '"' || first == '\\') {
      const char escaped[2] = {'\\', character[0]};
      return put({escaped, 2});
    }
    if (first < 0x20) {
      constexpr std::string_view k_hex = "0123456789abcdef";
      const char escaped[6] = {'\\', 'u', '0', '0', k_hex[first >> 4U], k_hex[first & 0xFU]};
      return put({escaped, 6});
    }
    return put(character);
  }

  std::span<char, k_fatal_line_bytes_max> out_;
  std::size_t size_ = 0;
};

// RFC 3339 in UTC with milliseconds, as to_rfc3339, which allocates.
void put_time(LineBuffer& line, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  line.put_number(static_cast<unsigned>(static_cast<int>(date.year())), 4);
  line.put("-");
  line.put_number(static_cast<unsigned>(date.month()), 2);
  line.put("-");
  line.put_number(static_cast<unsigned>(date.day()), 2);
  line.put("T");
  line.put_number(static_cast<unsigned>(clock.hours().count()), 2);
  line.put(":");
  line.put_number(static_cast<unsigned>(clock.minutes().count()), 2);
  line.put(":");
  line.put_number(static_cast<unsigned>(clock.seconds().count()), 2);
  line.put(".");
  line.put_number(static_cast<unsigned>(clock.subseconds().count()), 3);
  line.put("Z");
}

}  // namespace

std::size_t format_fatal_line(const FatalLine& line, std::span<char, k_fatal_line_bytes_max> out) {
  LineBuffer buffer(out);
  buffer.put("{\"time\":\"");
  put_time(buffer, line.time);
  buffer.put("\",\"level\":\"critical\",\"service\":\"");
  buffer.put_escaped(line.service.substr(0, k_fatal_service_bytes_max));
  buffer.put("\",\"message\":\"");
  buffer.put_escaped("storage failed: ");
  buffer.put_escaped(line.message);
  return buffer.finish();
}

std::string_view service_name_of(std::string_view program) {
  constexpr std::string_view k_prefix = "ostraka-";
  return program.starts_with(k_prefix) ? program.substr(k_prefix.size()) : program;
}

}  // namespace ostraka::io
