#include <algorithm>
#include <charconv>
#include <cstdint>

#include "net/fetch/fetcher.h"

namespace ostraka::fetch {

namespace {

constexpr std::int64_t k_seconds_max = 365LL * 24 * 3600;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_named(std::string_view text, std::string_view lower_case_name) {
  return std::equal(text.begin(), text.end(), lower_case_name.begin(), lower_case_name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

std::optional<std::chrono::seconds> max_age_of(std::string_view cache_control) {
  std::optional<std::chrono::seconds> found;
  while (!cache_control.empty()) {
    const std::size_t comma = std::min(cache_control.find(','), cache_control.size());
    const std::string_view directive = trimmed(cache_control.substr(0, comma));
    cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
    if (is_named(directive, "no-store") || is_named(directive, "no-cache")) {
      return std::chrono::seconds(0);
    }
    const std::size_t equals = directive.find('=');
    if (equals == std::string_view::npos || !is_named(directive.substr(0, equals), "max-age")) {
      continue;
    }
    const std::string_view digits = directive.substr(equals + 1);
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error == std::errc() && end == digits.data() + digits.size() && seconds >= 0) {
      found = std::chrono::seconds(std::min(seconds, k_seconds_max));
    }
  }
  return found;
}

}  // namespace ostraka::fetch
