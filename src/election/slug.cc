#include "election/slug.h"

#include <fmt/core.h>

#include "base/ids.h"

namespace ostraka::election {

namespace {

constexpr std::size_t k_identifier_bytes_max = 63;

std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    text.resize(bytes_max);
  }
  while (!text.empty() && text.back() == '-') {
    text.pop_back();
  }
  return text;
}

// C1 controls are C2 80..9F in UTF-8; the separators U+2028 and U+2029 are E2 80 A8 and A9.
bool control_character_at(std::string_view rest, LineBreaks line_breaks) {
  const auto byte = static_cast<unsigned char>(rest[0]);
  if (byte == '\n') {
    return line_breaks == LineBreaks::refused;
  }
  if (byte < 0x20 || byte == 0x7F) {
    return true;
  }
  if (byte == 0xC2 && rest.size() > 1) {
    return static_cast<unsigned char>(rest[1]) < 0xA0;
  }
  return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9");
}

}  // namespace

std::string slug(std::string_view title) {
  std::string out;
  for (const char c : title) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += static_cast<char>(upper ? c - 'A' + 'a' : c);
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  return cut(std::move(out), k_identifier_bytes_max);
}

std::string Identifiers::make(const std::string& base) {
  std::string candidate = base;
  std::size_t& number = last_number_.try_emplace(base, 1).first->second;
  while (!take(candidate)) {
    const std::string suffix = fmt::format("-{}", ++number);
    candidate = cut(base, k_identifier_bytes_max - suffix.size()) + suffix;
  }
  return candidate;
}

std::string text_problem(std::string_view text, const TextLimits& limits) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    characters += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 ? 1 : 0;
    if (control_character_at(text.substr(i), limits.line_breaks)) {
      return "must not contain control characters";
    }
  }
  if (characters < limits.characters_min || characters > limits.characters_max) {
    return fmt::format("must have {} to {} characters, not {}", limits.characters_min, limits.characters_max,
                       characters);
  }
  return {};
}

}  // namespace ostraka::election
