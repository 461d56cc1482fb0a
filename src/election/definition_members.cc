#include "election/definition_members.h"

#include <fmt/core.h>

#include "election/json_pointer.h"

namespace ostraka::election {

using nlohmann::json;

Members::Members(const json& value, std::string pointer, std::vector<Mistake>& mistakes)
    : object_(value.is_object() ? &value : nullptr), pointer_(std::move(pointer)), mistakes_(mistakes) {
  if (object_ == nullptr) {
    mistakes_.push_back({pointer_, "must be an object"});
  }
}

Members::~Members() {
  if (object_ == nullptr) {
    return;
  }
  for (const auto& [name, value] : object_->items()) {
    if (!asked_.contains(name)) {
      mistakes_.push_back({pointer(name), "is not a member that is known here"});
    }
  }
}

bool Members::has(std::string_view name) const {
  return object_ != nullptr && object_->contains(name);
}

std::string Members::pointer(std::string_view name) const {
  return pointer_ + "/" + pointer_token(name);
}

void Members::note(std::string_view name, std::string detail) {
  mistakes_.push_back({pointer(name), std::move(detail)});
}

const json* Members::any(std::string_view name) {
  asked_.emplace(name);
  if (object_ == nullptr) {
    return nullptr;
  }
  const auto found = object_->find(name);
  return found == object_->end() ? nullptr : &*found;
}

std::optional<std::string> Members::text(std::string_view name, const TextLimits& limits) {
  const json* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    note(name, "must be a string");
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (std::string problem = text_problem(text, limits); !problem.empty()) {
    note(name, std::move(problem));
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> Members::identifier(std::string_view name) {
  const json* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string() || !is_identifier(value->get_ref<const std::string&>())) {
    note(name, "must be 1 to 63 characters out of a-z, 0-9 and -, and not begin with -");
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::optional<std::uint32_t> Members::number(std::string_view name, const NumberRange& range) {
  const json* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  // Negative numbers are another type here, and so is everything with a point or an exponent.
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number >= range.min && number <= range.max) {
      return static_cast<std::uint32_t>(number);
    }
  }
  note(name, range.min == range.max ? fmt::format("must be {}", range.min)
                                    : fmt::format("must be a whole number from {} to {}", range.min, range.max));
  return std::nullopt;
}

std::optional<bool> Members::flag(std::string_view name) {
  const json* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_boolean()) {
    note(name, "must be true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<WallTime> Members::time(std::string_view name) {
  const json* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_string()) {
    const std::optional<WallTime> time = from_rfc3339(value->get_ref<const std::string&>());
    // An offset can push a moment out of the years that the canonical form can write.
    if (time && to_milliseconds(*time) > 0 && from_rfc3339(to_rfc3339(*time)) == time) {
      return time;
    }
  }
  note(name, "must be a date and time as in RFC 3339, after 1970: 2026-01-01T20:00:00Z");
  return std::nullopt;
}

const json* Members::array(std::string_view name, const NumberRange& sizes) {
  const json* value = any(name);
  if (value == nullptr) {
    return nullptr;
  }
  if (!value->is_array()) {
    note(name, "must be an array");
    return nullptr;
  }
  if (value->size() < sizes.min || value->size() > sizes.max) {
    note(name, fmt::format("must have {} to {} elements, not {}", sizes.min, sizes.max, value->size()));
    return nullptr;
  }
  return value;
}

}  // namespace ostraka::election
