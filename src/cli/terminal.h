// How a command talks: results on stdout, everything else on stderr, colours only where somebody looks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/core/text.h"

namespace ostraka::cli {

// Whether stdout is a terminal, its width, and whether it may be coloured (NO_COLOR).
bool stdout_is_terminal();
bool stderr_is_terminal();
Page stdout_page();

// Writes to stdout and flushes. A closed pipe is not an error of the command.
void print(std::string_view text);
// Whether something that was printed did not get out, a full disk for example.
bool stdout_has_failed();

// Writes to stderr as it is. Nothing happens when it cannot be written, as on a full disk: what the command does is
// more than what it says.
void complain(std::string_view text);

// "ostraka: …" on stderr; returns k_exit_failed.
int failed(const Error& error);
int failed(std::string_view message);

}  // namespace ostraka::cli
