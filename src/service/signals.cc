#include <sys/resource.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/check.h"
#include "service/process.h"

namespace ostraka::service {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);  // without it fewer connections fit, which the server bears
  }
}
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  check(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "signals can be blocked");
  // A peer that is gone is an error of one connection, not of the process.
  signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int received = 0;
  check(sigwait(&set, &received) == 0, "signals can be waited for");
}

void end_with_parent(int parent_pid) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have died before the line above took effect: then no signal will ever come.
  if (getppid() != parent_pid) {
    _exit(1);
  }
}

}  // namespace ostraka::service
