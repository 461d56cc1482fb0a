#include "cli/core/restart_policy.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/check.h"

namespace ostraka::cli {
namespace {

// As io/fatal.h and service/process.h give them; exec_failed is what spawning uses for a binary that cannot be run.
constexpr int k_exit_wrong_usage = 2;
constexpr int k_exit_storage_failed = 86;
constexpr int k_exit_log_damaged = 87;
constexpr int k_exit_exec_failed = 127;

}  // namespace

Ending ending_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return {Ending::Kind::killed, WTERMSIG(wait_status)};
  }
  return {Ending::Kind::exited, WEXITSTATUS(wait_status)};
}

std::string describe(const Ending& ending) {
  if (ending.kind == Ending::Kind::killed) {
    const char* name = sigabbrev_np(ending.number);
    return fmt::format("was killed by signal {} (SIG{})", ending.number, name == nullptr ? "?" : name);
  }
  return fmt::format("ended with exit code {}", ending.number);
}

Verdict judge(const Ending& ending) {
  if (ending.kind == Ending::Kind::killed) {
    return Verdict::restart;
  }
  switch (ending.number) {
    case k_exit_storage_failed:
      return Verdict::storage_failed;
    case k_exit_log_damaged:
      return Verdict::log_damaged;
    case k_exit_wrong_usage:
    case k_exit_exec_failed:
      return Verdict::cannot_start;
    default:
      return Verdict::restart;
  }
}

std::string advice(Verdict verdict, const Advice& about) {
  switch (verdict) {
    case Verdict::storage_failed:
      return fmt::format(
          "{0} stopped because the disk did not confirm a write. It is not started again by itself. Every vote that "
          "was answered is safe; votes without an answer may or may not be on the disk, and sending them again is "
          "safe. Check the disk (kernel log, free space, SMART), stop with Ctrl-C, run `ostraka fsck --data {1}`, "
          "then start `ostraka up` again. {1}/logs/{0}.log says which write failed.",
          about.service, about.data_directory);
    case Verdict::log_damaged:
      return fmt::format(
          "{0} stopped because bytes in the log are not what was written. Nothing was changed, and it is not started "
          "again by itself. Stop with Ctrl-C, keep a copy of {1}, and run `ostraka fsck --data {1}`: it says what is "
          "damaged and where. Then restore a backup, or bring back the damaged file from one.",
          about.service, about.data_directory);
    case Verdict::cannot_start:
      return fmt::format("{0} cannot be started as it is configured. {1}/logs/{0}.log says why.", about.service,
                         about.data_directory);
    case Verdict::restart:
      break;
  }
  check(false, "advice is for a service that stays down");
  return {};
}

Milliseconds RestartPauses::next(Milliseconds ran_for) {
  if (ran_for >= k_steady) {
    pause_ = Milliseconds(0);
  }
  const Milliseconds pause = pause_;
  pause_ = pause_.count() == 0 ? k_pause_min : std::min(pause_ * 2, k_pause_max);
  return pause;
}

}  // namespace ostraka::cli
