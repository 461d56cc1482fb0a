// The address of a server, as an operator types it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ostraka::http {

enum class Scheme { http, https };

struct ServerUrl {
  Scheme scheme = Scheme::http;
  std::string host;  // without brackets
  std::string port;
  std::string host_header;  // as the Host field carries it
};

// "http://host[:port][/]" or "https://…". Errors: invalid.
Result<ServerUrl> parse_server_url(std::string_view url);

}  // namespace ostraka::http
