#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ostraka {

void check_failed(std::source_location where, const char* what) {
  std::fprintf(stderr, "check failed: %s at %s:%u in %s\n", what, where.file_name(), static_cast<unsigned>(where.line()),
               where.function_name());
  std::abort();
}

}  // namespace ostraka
