#include "io/fatal.h"

#include <errno.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "io/fatal_line.h"

namespace ostraka::io {

namespace {

void write_to_stderr(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return;  // nobody listens; the exit code still tells
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

FatalHandler exit_on_storage_failure() {
  return [](const std::string& what) {
    std::array<char, k_fatal_line_bytes_max> line;
    const auto now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    write_to_stderr(
        {line.data(), format_fatal_line({now, service_name_of(program_invocation_short_name), what}, line)});
    // No destructors, no flushing of anything: whatever is still in memory must not reach the disk or a voter.
    _exit(k_exit_storage_failed);
  };
}

}  // namespace ostraka::io
