// What to do about a service that ended: start it again, and when, or leave it and call for the operator. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace ostraka::cli {

// How a process ended, as waitpid tells it.
struct Ending {
  enum class Kind { exited, killed } kind = Kind::exited;
  int number = 0;  // exit code, or signal
};
Ending ending_of(int wait_status);
std::string describe(const Ending& ending);

enum class Verdict {
  restart,
  storage_failed,  // a sync failed: what is on the disk is unknown, starting over it blindly could hide a loss
  log_damaged,     // stored bytes are not what was written: starting again would find the same
  cannot_start,    // wrong usage, or the binary cannot be run: starting again changes nothing
};
Verdict judge(const Ending& ending);

// What the operator is told, in full sentences. REQUIRES: verdict is not restart.
struct Advice {
  std::string service;
  std::string data_directory;
};
std::string advice(Verdict verdict, const Advice& about);

// One a service. The first restart is at once; then the pause doubles up to k_pause_max. A service that held out for
// k_steady counts as healthy again.
class RestartPauses {
 public:
  static constexpr Milliseconds k_pause_min{250};
  static constexpr Milliseconds k_pause_max{5'000};
  static constexpr Milliseconds k_steady{30'000};

  // REQUIRES: ran_for is how long the service had been running when it ended.
  Milliseconds next(Milliseconds ran_for);

 private:
  Milliseconds pause_{0};
};

}  // namespace ostraka::cli
