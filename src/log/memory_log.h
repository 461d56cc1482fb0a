// The log's contract in memory, for tests of what stands on the log: nothing is durable beyond the object's life, all
// else is as the contract says. Appenders and readers share what they read and may outlive the log object.
#pragma once

#include <memory>

#include "log/log.h"

namespace ostraka::log {

std::unique_ptr<Log> make_memory_log();

}  // namespace ostraka::log
