// The signals that a supervisor lives by, taken by its main thread.
#pragma once

#include "base/clock.h"

namespace ostraka::cli {

// Blocks SIGTERM, SIGINT, SIGHUP and SIGCHLD in this thread and every one started after it, and ignores SIGPIPE.
// A SIGHUP that was ignored (nohup) stays ignored.
void block_supervisor_signals();

enum class Woken { to_stop, by_child, by_time };
// REQUIRES: block_supervisor_signals() was called.
Woken wait_for_stop_or_child(Milliseconds at_most);

// For a command that ends by itself but has something to say when it is stopped. SIGTERM and SIGINT are held back, in
// this thread and every one started after it, until stop_was_asked() takes the first; the next one ends the process.
void hold_stop_signals();
bool stop_was_asked();

}  // namespace ostraka::cli
