#include "token/strict_json.h"

#include <set>
#include <string>
#include <vector>

namespace ostraka::token {

namespace {

// Follows the parser and remembers the members of every object that is still open.
class Watcher {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    // `depth` counts what is open around this event.
    const bool opens = event == Event::object_start || event == Event::array_start;
    too_deep_ = too_deep_ || (opens && depth >= k_json_depth_max);
    if (event == Event::object_start) {
      open_.emplace_back();
    } else if (event == Event::object_end) {
      open_.pop_back();
    } else if (event == Event::key) {
      repeated_ = !open_.back().insert(parsed.get_ref<const std::string&>()).second || repeated_;
    }
    return true;
  }

  bool too_deep() const { return too_deep_; }
  bool repeated() const { return repeated_; }

 private:
  std::vector<std::set<std::string>> open_;
  bool too_deep_ = false;
  bool repeated_ = false;
};

}  // namespace

Result<nlohmann::json> parse_strict_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(ErrorKind::invalid, "JSON behind a byte order mark");
  }
  Watcher watcher;
  nlohmann::json parsed = nlohmann::json::parse(text.begin(), text.end(), std::ref(watcher), false);
  if (parsed.is_discarded()) {
    return fail(ErrorKind::invalid, "not JSON in UTF-8");
  }
  if (watcher.too_deep()) {
    return fail(ErrorKind::invalid, "JSON nested deeper than {}", k_json_depth_max);
  }
  if (watcher.repeated()) {
    return fail(ErrorKind::invalid, "a member stands twice in one object");
  }
  return parsed;
}

}  // namespace ostraka::token
