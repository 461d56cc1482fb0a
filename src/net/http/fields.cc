#include "net/http/fields.h"

namespace ostraka::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool equal_without_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}

std::string_view Fields::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name.bytes == name.size() && equal_without_case(view(entry.name), name)) {
      return view(entry.value);
    }
  }
  return {};
}

}  // namespace ostraka::http
