// What happens when storage breaks its word (a sync that failed): the process must end, without retrying, answering or
// writing anything more. The supervisor does not restart it by itself.
#pragma once

#include <functional>
#include <string>

namespace ostraka::io {

// The exit code by which the supervisor knows that an operator has to look first.
inline constexpr int k_exit_storage_failed = 86;

// Called with what failed and where. Never returns normally: production ends the process, a test or the simulator
// throws.
using FatalHandler = std::function<void(const std::string& what)>;

// Writes the message to stderr and ends the process at once with k_exit_storage_failed.
FatalHandler exit_on_storage_failure();

}  // namespace ostraka::io
