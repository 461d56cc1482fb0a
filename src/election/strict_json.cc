#include "election/strict_json.h"

#include <fmt/core.h>

#include <set>
#include <vector>

namespace ostraka::election {

namespace {

using nlohmann::json;

constexpr std::size_t k_quoted_bytes_max = 80;  // of a member's name in a message

// Watches the parser's events for what the finished value no longer shows.
class Watcher {
 public:
  bool operator()(int /*depth*/, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        open_.emplace_back();
        if (open_.size() > k_json_depth_max) {
          note(fmt::format("more than {} levels deep", k_json_depth_max));
        }
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        open_.pop_back();
        break;
      case json::parse_event_t::key:
        if (!open_.back().insert(parsed.get_ref<const std::string&>()).second) {
          note(fmt::format("the member \"{}\" appears twice",
                           parsed.get_ref<const std::string&>().substr(0, k_quoted_bytes_max)));
        }
        break;
      case json::parse_event_t::value:
        break;
    }
    return true;
  }

  const std::string& problem() const { return problem_; }

 private:
  void note(std::string problem) {
    if (problem_.empty()) {
      problem_ = std::move(problem);
    }
  }

  std::vector<std::set<std::string>> open_;  // per open object or array, the members seen
  std::string problem_;
};

}  // namespace

StrictJson parse_strict_json(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return {std::nullopt, fmt::format("larger than {} bytes", bytes_max)};
  }
  // The parser would end at a NUL and skip a byte order mark.
  if (text.find('\0') != std::string_view::npos) {
    return {std::nullopt, "a NUL byte in the document"};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return {std::nullopt, "a byte order mark before the document"};
  }
  Watcher watcher;
  try {
    json value = json::parse(text.begin(), text.end(), std::ref(watcher));
    if (!watcher.problem().empty()) {
      return {std::nullopt, watcher.problem()};
    }
    return {std::move(value), {}};
  } catch (const json::parse_error& error) {
    return {std::nullopt, fmt::format("not JSON in UTF-8 (byte {})", error.byte)};
  } catch (const json::exception&) {
    return {std::nullopt, "a number that no double can hold"};
  }
}

}  // namespace ostraka::election
