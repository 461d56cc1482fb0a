// The simulated machine's log, as processes see it. Two implementations: a small log in memory that fails as a log on
// the network does, and the product's embedded log on a simulated disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/simulated/disk.h"
#include "log/log.h"
#include "sim/rng.h"

namespace ostraka::sim {

// Thrown out of a call into the log: the process that made the call has died in it.
using ProcessDied = io::SimulatedCrash;

// How likely each misfortune is, for every durable step. All zero: quiet.
struct FaultOdds {
  double crash = 0;       // the process dies at the step, which happened or did not
  double power_goes = 0;  // of those crashes: with the machine
  double sync_fails = 0;  // a failed sync, which ends the process
  double disk_full = 0;
  double uncertain = 0;  // an append times out: lost, landed, landing later, or in pieces
  double no_leader = 0;  // an owner cannot read now
  double end_lags = 0;   // an owner is told an end that lies before what is durable
};

// One process's view. Everything opened through it must be destroyed before it.
class LogProcess {
 public:
  virtual ~LogProcess() = default;
  virtual log::Log& log() = 0;
  // The disk as this process sees it; null when there is none.
  virtual io::FileSystem* files() { return nullptr; }
  // The process ends here and now: its writers write nothing more, and whoever opens the log next takes over.
  virtual void kill() = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Result<std::unique_ptr<LogProcess>> start_process() = 0;
  // Every process dies; what was not durable may be gone.
  virtual void lose_power() = 0;
  virtual void set_odds(const FaultOdds& odds) = 0;
  // The machine lost power in the middle of a step, or storage failed in a way that no program can make good (the sync
  // of a directory): it has to be restarted before anything is started on it again.
  virtual bool wants_reboot() const { return false; }
};

}  // namespace ostraka::sim
