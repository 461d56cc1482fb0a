// Reads the members of one JSON object of a definition and names what is wrong with each, so that the parsing of a
// definition reads as the list of its members. Internal to election/.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "election/definition.h"
#include "election/slug.h"
#include "election/strict_json.h"

namespace ostraka::election {

struct NumberRange {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};

// Remembers which members were asked for: the destructor notes the others as unknown. An absent member is empty, and
// so is a wrong one, which is noted.
class Members {
 public:
  // `value` that is not an object is noted, and reads as an object without members.
  Members(const nlohmann::json& value, std::string pointer, std::vector<Mistake>& mistakes);
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  bool has(std::string_view name) const;
  bool is_object() const { return object_ != nullptr; }
  std::string pointer(std::string_view name) const;
  void note(std::string_view name, std::string detail);

  std::optional<std::string> text(std::string_view name, const TextLimits& limits);
  std::optional<std::string> identifier(std::string_view name);
  std::optional<std::uint32_t> number(std::string_view name, const NumberRange& range);
  std::optional<bool> flag(std::string_view name);
  std::optional<WallTime> time(std::string_view name);
  // Null when it is absent, not an array, or has not between min and max elements.
  const nlohmann::json* array(std::string_view name, const NumberRange& sizes);
  // Any value; null when it is absent.
  const nlohmann::json* any(std::string_view name);

  template <class Enum>
  std::optional<Enum> one_of(std::string_view name, std::initializer_list<std::pair<std::string_view, Enum>> values) {
    const nlohmann::json* value = any(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    std::string expected;
    for (const auto& [text, meaning] : values) {
      if (value->is_string() && value->get_ref<const std::string&>() == text) {
        return meaning;
      }
      expected += (expected.empty() ? "" : ", ") + std::string(text);
    }
    note(name, "must be one of " + expected);
    return std::nullopt;
  }

 private:
  const nlohmann::json* object_;  // null when it was no object
  std::string pointer_;
  std::vector<Mistake>& mistakes_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace ostraka::election
