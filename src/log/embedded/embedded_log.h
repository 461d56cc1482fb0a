// The log on one machine: segment files in one directory, for one writer a partition and any number of reading
// processes. docs/formats/log.md has the bytes, partition_writer.h and recovery.h the rules.
//
// Opening the log touches nothing. A directory is created by the first open_appender; reading never creates anything.
// One background thread prepares segments ahead and seals partitions that have gone idle; with Threads::none there is
// none, nothing ever waits, and everything happens in the caller's thread, for the simulator.
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "io/posix_file_system.h"
#include "log/embedded/partition_reader.h"
#include "log/embedded/partition_writer.h"
#include "log/log.h"

namespace ostraka::log {

enum class Threads {
  background,
  none,
};

struct EmbeddedOptions {
  io::FileSystem* files = &io::posix_file_system();
  // Called in the thread whose sync failed: an appender's, or the background one.
  io::FatalHandler fatal = io::exit_on_storage_failure();
  Random* random = &system_random();
  Threads threads = Threads::background;
  // Also the clock, and what is told to whom. The callbacks come from any thread, one at a time for each partition.
  WriterOptions writer;
  // A partition without appends for this long gets a seal.
  Milliseconds seal_after{200};
};

// An appender of this log: what it can do beyond the contract.
class EmbeddedAppender : public Appender {
 public:
  // Writes a seal unless the last batch is one. With Threads::background it happens by itself.
  virtual Status seal_if_idle() = 0;
  // Prepares the next segment if the active one is half full. With Threads::background it happens by itself.
  virtual Status prepare_next() = 0;
};

// Appenders and readers may outlive the log; what the options point to outlives them all.
Result<std::unique_ptr<Log>> open_embedded_log(const std::string& directory, const EmbeddedOptions& options);

}  // namespace ostraka::log
