#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "cli/command.h"

namespace ostraka::cli {
namespace {

std::atomic<bool> output_is_lost = false;  // written by print(), from any thread; never reset

}  // namespace

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
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!is_written && errno != EPIPE) {
    output_is_lost.store(true);
  }
}

bool stdout_has_failed() {
  print("");  // what was written past print() is still in the buffer
  return output_is_lost.load();
}

int failed(const Error& error) {
  return failed(std::string_view(error.message));
}

void complain(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);  // where else should it be said that this failed?
}

int failed(std::string_view message) {
  complain(fmt::format("ostraka: {}\n", message));
  return k_exit_failed;
}

}  // namespace ostraka::cli
