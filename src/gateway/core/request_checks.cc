#include "gateway/core/request_checks.h"

#include <algorithm>
#include <array>
#include <optional>

namespace ostraka::gateway {

namespace {

// Of ASCII, whatever the locale.
unsigned char to_lower(unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 'a' - 'A') : c; }

bool equal_without_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// token68 of RFC 9110.
constexpr std::array<bool, 256> k_token_characters = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c :
       std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~+/=")) {
    table[c] = true;
  }
  return table;
}();

bool is_token_character(unsigned char c) { return k_token_characters[c]; }

// Whether the parameters of a coding forbid it: q=0, q=0.0 and so on.
bool is_forbidden(std::string_view parameters) {
  const std::size_t q = parameters.find_first_of("qQ");
  if (q == std::string_view::npos) {
    return false;
  }
  const std::string_view weight = trim(parameters.substr(q + 1));
  return weight.starts_with('=') && weight.find_first_of("123456789") == std::string_view::npos;
}

}  // namespace

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view k_scheme = "Bearer ";
  if (authorization.size() <= k_scheme.size() ||
      !equal_without_case(authorization.substr(0, k_scheme.size()), k_scheme)) {
    return {};
  }
  const std::string_view token = trim(authorization.substr(k_scheme.size()));
  return std::all_of(token.begin(), token.end(), is_token_character) ? token : std::string_view{};
}

bool is_json_media_type(std::string_view content_type) {
  const std::size_t semicolon = content_type.find(';');
  if (!equal_without_case(trim(content_type.substr(0, semicolon)), "application/json")) {
    return false;
  }
  if (semicolon == std::string_view::npos) {
    return true;
  }
  const std::string_view parameter = trim(content_type.substr(semicolon + 1));
  return equal_without_case(parameter, "charset=utf-8") || equal_without_case(parameter, "charset=\"utf-8\"");
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view candidate = trim(if_none_match.substr(0, comma));
    if (candidate.starts_with("W/")) {
      candidate.remove_prefix(2);
    }
    if (candidate == "*" || candidate == etag) {
      return true;
    }
    if_none_match = comma == std::string_view::npos ? std::string_view{} : if_none_match.substr(comma + 1);
  }
  return false;
}

Coding choose_coding(std::string_view accept_encoding) {
  std::optional<bool> brotli;
  std::optional<bool> gzip;
  bool others = false;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding = comma == std::string_view::npos ? std::string_view{} : accept_encoding.substr(comma + 1);
    const std::size_t semicolon = item.find(';');
    const std::string_view name = trim(item.substr(0, semicolon));
    const bool allowed = semicolon == std::string_view::npos || !is_forbidden(item.substr(semicolon + 1));
    if (equal_without_case(name, "br")) {
      brotli = allowed;
    } else if (equal_without_case(name, "gzip") || equal_without_case(name, "x-gzip")) {
      gzip = allowed;
    } else if (name == "*") {
      others = allowed;
    }
  }
  if (brotli.value_or(others)) {
    return Coding::brotli;
  }
  return gzip.value_or(others) ? Coding::gzip : Coding::identity;
}

}  // namespace ostraka::gateway
