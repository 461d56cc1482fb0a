// check(condition): a broken invariant of this program ends it, in every build type.
// Never on outside input: that is a Result.
#pragma once

#include <source_location>

namespace ostraka {

[[noreturn]] void check_failed(std::source_location where, const char* what);

inline void check(bool condition, const char* what = "invariant",
                  std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]] {
    check_failed(where, what);
  }
}

}  // namespace ostraka
