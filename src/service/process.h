// What every service's main.cc does the same way: options, logging, signals, management port, drain.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "service/metrics.h"

namespace ostraka::service {

// Options that every service takes (flags beat OSTRAKA_… environment beat --config FILE in TOML).
struct ServiceOptions {
  std::string name;                                // gateway, identity, …
  std::string log_url;                             // --log file://DIR/log
  std::string run_directory;                       // --run: sockets, and NAME.management with the management address
  std::string rpc_address;                         // --rpc-listen unix:…/NAME.sock or host:port
  std::string management_address = "127.0.0.1:0";  // --management
  std::string log_level = "info";                  // --log-level
};

// Whether this service can do its work, in words when not. Called from the management thread; must not block.
struct Readiness {
  bool ready = false;
  std::string reason;
};

// /healthz, /readyz, /metrics on the management address; writes RUN/NAME.management (one line, host:port) by rename.
class Management {
 public:
  static Result<std::unique_ptr<Management>> start(const ServiceOptions& options, Metrics& metrics,
                                                   std::function<Readiness()> readiness);
  virtual ~Management() = default;
};

// Blocks SIGTERM and SIGINT in every thread started after it, and ignores SIGPIPE: call it before any thread starts.
void block_stop_signals();
// Returns when one of them comes.
void wait_for_stop_signal();

// The process gets SIGTERM when its parent dies (Linux PR_SET_PDEATHSIG): what `ostraka up` asks of its services.
// Ends the process at once when the parent is gone already.
void end_with_parent(int parent_pid);

}  // namespace ostraka::service
