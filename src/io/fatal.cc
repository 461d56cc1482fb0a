#include "io/fatal.h"

#include <unistd.h>

#include <cstdio>

namespace ostraka::io {

FatalHandler exit_on_storage_failure() {
  return [](const std::string& what) {
    std::fprintf(stderr, "{\"level\":\"critical\",\"message\":\"storage failed: %s\"}\n", what.c_str());
    // No destructors, no flushing of anything: whatever is still in memory must not reach the disk or a voter.
    _exit(k_exit_storage_failed);
  };
}

}  // namespace ostraka::io
