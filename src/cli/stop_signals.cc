#include "cli/stop_signals.h"

#include <signal.h>
#include <time.h>

#include "base/check.h"
#include "service/process.h"

namespace ostraka::cli {
namespace {

bool hang_up_is_ignored() {
  struct sigaction now{};
  sigaction(SIGHUP, nullptr, &now);
  return now.sa_handler == SIG_IGN;
}

sigset_t supervisor_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGCHLD}) {
    sigaddset(&set, number);
  }
  if (!hang_up_is_ignored()) {
    sigaddset(&set, SIGHUP);
  }
  return set;
}

}  // namespace

void block_supervisor_signals() {
  service::block_stop_signals();
  // Inherited as ignored, children would be reaped by the kernel and their exit codes lost.
  signal(SIGCHLD, SIG_DFL);
  const sigset_t set = supervisor_signals();
  check(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "signals can be blocked");
}

Woken wait_for_stop_or_child(Milliseconds at_most) {
  const sigset_t set = supervisor_signals();
  const timespec timeout{at_most.count() / 1000, (at_most.count() % 1000) * 1'000'000};
  const int received = sigtimedwait(&set, nullptr, &timeout);
  if (received == SIGCHLD) {
    return Woken::by_child;
  }
  return received > 0 ? Woken::to_stop : Woken::by_time;
}

namespace {

sigset_t interruptions() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void hold_stop_signals() {
  service::block_stop_signals();
}

bool stop_was_asked() {
  const sigset_t set = interruptions();
  const timespec at_once{};
  if (sigtimedwait(&set, nullptr, &at_once) <= 0) {
    return false;
  }
  check(pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0, "signals can be let through");
  return true;
}

}  // namespace ostraka::cli
