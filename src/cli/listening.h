// Whether an address can be listened on, asked before anything is started on it.
#pragma once

#include "base/result.h"
#include "service/address.h"

namespace ostraka::cli {

// The address itself when it is free; with port 0, the same host with a port that is free now (the supervisor needs it
// to stay the same over restarts of the gateway). Errors: conflict (somebody listens there), invalid (no such host).
Result<service::Address> free_address(const service::Address& address);

}  // namespace ostraka::cli
