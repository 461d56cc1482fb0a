#include "elections/core/end_patch.h"

#include <utility>

#include "election/definition.h"
#include "election/strict_json.h"

namespace ostraka::elections {

EndPatch read_end_patch(std::string_view merge_patch) {
  election::StrictJson json = election::parse_strict_json(merge_patch, election::k_definition_bytes_max);
  if (!json.value) {
    return {EndPatch::Kind::malformed, {}, std::move(json.problem)};
  }
  if (!json.value->is_object()) {
    return {EndPatch::Kind::malformed, {}, "a merge patch is an object"};
  }
  const auto end = json.value->find("closes_at");
  if (json.value->empty()) {
    return {EndPatch::Kind::nothing, {}, {}};
  }
  if (json.value->size() != 1 || end == json.value->end()) {
    return {EndPatch::Kind::other_members, {}, {}};
  }
  if (end->is_null()) {
    return {EndPatch::Kind::end, {}, {}};
  }
  const auto time = end->is_string() ? from_rfc3339(end->get_ref<const std::string&>()) : std::nullopt;
  // Definitions keep moments that can be written as RFC 3339 again, and so must this one.
  if (!time || to_milliseconds(*time) <= 0 || from_rfc3339(to_rfc3339(*time)) != time) {
    return {EndPatch::Kind::invalid, {}, "must be an RFC 3339 date-time or null"};
  }
  return {EndPatch::Kind::end, time, {}};
}

}  // namespace ostraka::elections
