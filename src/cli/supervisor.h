// Keeps the services of one machine running: starts each when those that it comes after are ready, notices at once when
// one ends, starts it again as core/restart_policy.h says, writes who runs into pids.json, and stops all of them in
// order.
//
// Only the first start waits for others: after a loss of power a reader of the log must not run ahead of its writer
// (docs/decisions/0012). A service that comes back later finds the others as they are.
//
// One thread, the main one, owns it and calls tend() whenever SIGCHLD came or next_due() has passed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/child.h"
#include "cli/core/restart_policy.h"
#include "service/metrics.h"

namespace ostraka::cli {

class Supervisor {
 public:
  struct Options {
    std::vector<ServiceSpec> services;  // in the order of starting
    std::vector<std::string> stopping;  // their names in the order of stopping
    Surroundings surroundings;
    std::string data_directory;  // for what the operator is told
    std::string pids_path;
    std::function<bool(const ServiceSpec&)> is_ready;  // asked of those that others come after; may block for a moment
    Milliseconds stop_deadline{15'000};  // for each service in turn, then SIGKILL
  };

  Supervisor(Options options, const Clock& clock, service::Metrics& metrics);
  // Stops whatever still runs.
  ~Supervisor();

  // Starts what comes after nothing; tend() does the rest.
  void start_all();

  // Buries what ended, starts again what is due, and for the first time what may be started now.
  void tend();

  // How long tend() may wait for, if no child ends before. Empty: nothing is due.
  std::optional<Milliseconds> next_due() const;

  // Services that stay down until an operator has looked. Thread-safe.
  bool has_halted() const { return halted_.load(); }

  // In order, each with SIGTERM, and SIGKILL when its time is over. Returns when all are gone.
  void stop_all();

 private:
  struct Service {
    ServiceSpec spec;
    int pid = 0;  // 0: not running
    bool is_awaited = false;  // some other service comes after it
    bool was_started = false;
    bool was_ready = false;  // once; known only of those that are awaited
    MonotonicTime started{};
    std::optional<MonotonicTime> due;  // when it is started again
    RestartPauses pauses;
    service::Gauge* up = nullptr;
    service::Gauge* halted_gauge = nullptr;
    service::Counter* restarts = nullptr;
  };

  bool start_what_may();
  bool may_start(const Service& service) const;
  void start(Service& service);
  void bury(Service& service, int wait_status);
  void stop(Service& service);
  void write_pids() const;

  Options options_;
  const Clock& clock_;
  std::vector<Service> services_;
  std::atomic<bool> halted_{false};
};

}  // namespace ostraka::cli
