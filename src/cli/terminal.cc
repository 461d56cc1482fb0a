#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/command.h"

namespace ostraka::cli {

bool stdout_is_terminal() {
  return isatty(STDOUT_FILENO) != 0;
}
bool stderr_is_terminal() {
  return isatty(STDERR_FILENO) != 0;
}

Page stdout_page() {
  Page page;
  if (!stdout_is_terminal()) {
    return page;
  }
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour == nullptr || *no_colour == '\0') {
    page.colours = Colours::ansi;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    page.columns = size.ws_col;
  }
  return page;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int failed(const Error& error) {
  return failed(std::string_view(error.message));
}

int failed(std::string_view message) {
  fmt::print(stderr, "ostraka: {}\n", message);
  return k_exit_failed;
}

}  // namespace ostraka::cli
