// Reads the web pages' folder, once at start.
#pragma once

#include <string>

#include "gateway/core/site.h"

namespace ostraka::gateway {

// An empty site for an empty name. Errors: not_found (no such folder), unavailable (cannot be read), invalid.
Result<Site> read_site(const std::string& directory);

}  // namespace ostraka::gateway
