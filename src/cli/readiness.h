// Whether something can do its work, asked from outside over HTTP.
#pragma once

#include <string>

#include "net/http/client.h"

namespace ostraka::cli {

// Whether GET /readyz on http(s)://host:port answers 200. Blocks for a few seconds at most. Thread-safe.
bool is_ready(const std::string& url, const http::ClientTrust& trust = {});

// The same of the service that wrote its management address into this file; not ready while there is none.
bool is_ready_by_file(const std::string& management_file);

}  // namespace ostraka::cli
