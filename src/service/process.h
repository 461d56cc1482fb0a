// What every service's main.cc does the same way: options, logging, signals, the log, the management port.
//
//   CLI::App app; ServiceOptions options{.name = "tally"};
//   add_service_options(app, options);            // then the service's own app.add_option(…)
//   if (const auto code = parse_options(app, argc, argv)) return *code;
//   block_stop_signals(); start_logging(options.name, options.log_level);
//   … open_log, work, Management::start … wait_for_stop_signal(); drain
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/log.h"
#include "service/metrics.h"
#include "service/options.h"

namespace ostraka::service {

// Exit codes of a service beside 0, 1 and 2, for its supervisor: 86 is io::k_exit_storage_failed; this one says that
// stored bytes are not what was written. Neither is restarted by itself: an operator has to look first.
inline constexpr int k_exit_log_damaged = 87;

// What main returns when `error` ended it: 87 for damaged, 2 for invalid, 1 for the rest (86 never comes from here:
// io/fatal.h ends the process by itself). Logs the message as critical.
int exit_code_for(const Error& error);

// file:///DIR is the embedded log in that directory, made by its first appender; kafka://… topics of a cluster
// (log/kafka/options.h), which have to be there.
// What it has to say (recovery, a full disk) goes to the process's log, and with `metrics` it is measured, too; they
// outlive the log.
Result<std::unique_ptr<log::Log>> open_log(const std::string& url, Metrics* metrics = nullptr);

// Whether the stream has as many partitions as everybody was told, where the log can tell. Errors: invalid when not: then
// some voters' records would be looked for in the wrong one; and what the log says when it cannot be asked.
Status check_partitions(log::Log& log, std::string_view stream, std::uint32_t partitions);

// Whether this service can do its work, in words when not. Called from the management thread; must not block.
struct Readiness {
  bool ready = false;
  std::string reason;
};

// /healthz (alive), /readyz (200, or 503 with the reason), /metrics on the management address; writes
// RUN/NAME.management (one line, host:port) by rename once it listens. Destroy it before what `metrics` and
// `readiness` read.
class Management {
 public:
  static Result<std::unique_ptr<Management>> start(const ServiceOptions& options, Metrics& metrics,
                                                   std::function<Readiness()> readiness);
  virtual ~Management() = default;
  virtual std::string address() const = 0;  // host:port it listens on
};

// Raises the soft limit of open files to the hard one: Debian's soft limit of 1,024 is fewer than the connections that a
// gateway takes.
void raise_file_limit();

// Blocks SIGTERM and SIGINT in every thread started after it, and ignores SIGPIPE: call it before any thread starts.
void block_stop_signals();
// Returns when one of them comes.
void wait_for_stop_signal();

// The process gets SIGTERM when the thread that started it dies (Linux PR_SET_PDEATHSIG, which survives exec): what
// `ostraka up` asks of its services. Ends the process at once when the parent is gone already. Async-signal-safe:
// called between fork and exec.
void end_with_parent(int parent_pid);

}  // namespace ostraka::service
