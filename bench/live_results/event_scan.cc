#include "live_results/event_scan.h"

#include <charconv>

namespace ostraka::bench {

namespace {

constexpr std::string_view k_data = "\ndata: ";

// What stands behind "name":, or empty.
std::string_view behind(std::string_view json, std::string_view quoted_name) {
  const std::size_t at = json.find(quoted_name);
  return at == std::string_view::npos ? std::string_view() : json.substr(at + quoted_name.size());
}

}  // namespace

ScannedEvent next_event(std::string_view bytes) {
  const std::size_t data = bytes.find(k_data);
  if (data == std::string_view::npos) {
    // The mark itself may be cut in two.
    return {.taken = bytes.size() - std::min(bytes.size(), k_data.size() - 1)};
  }
  const std::size_t begin = data + k_data.size();
  const std::size_t end = bytes.find("\n\n", begin);
  if (end == std::string_view::npos) {
    return {.taken = data};
  }
  return {.is_found = true, .json = bytes.substr(begin, end - begin), .taken = end + 2};
}

std::string_view covers_text(std::string_view json) {
  const std::string_view rest = behind(json, R"("covers":{)");
  return rest.substr(0, rest.find('}'));
}

Covers parse_covers(std::string_view text) {
  Covers covers{};
  while (!text.empty()) {
    const std::size_t open = text.find('"');
    const std::size_t close = open == std::string_view::npos ? open : text.find("\":", open + 1);
    if (close == std::string_view::npos) {
      break;
    }
    std::size_t partition = k_partitions_max;
    std::from_chars(text.data() + open + 1, text.data() + close, partition);
    std::uint64_t offset = 0;
    text.remove_prefix(close + 2);
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), offset);
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    if (partition < k_partitions_max) {
      covers[partition] = offset;
    }
  }
  return covers;
}

std::uint64_t number_behind(std::string_view json, std::string_view quoted_name, std::uint64_t otherwise) {
  const std::string_view rest = behind(json, quoted_name);
  std::uint64_t number = otherwise;
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return number;
}

std::string_view string_behind(std::string_view json, std::string_view quoted_name) {
  std::string_view rest = behind(json, quoted_name);
  if (rest.empty() || rest.front() != '"') {
    return {};
  }
  rest.remove_prefix(1);
  return rest.substr(0, rest.find('"'));
}

}  // namespace ostraka::bench
