// The address of a server, as an operator types it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ostraka::http {

struct ServerUrl {
  std::string host;  // without brackets
  std::string port;
  std::string host_header;  // as the Host field carries it
};

// "http://host[:port][/]". Errors: invalid (https among them: TLS ends in front of the gateway).
Result<ServerUrl> parse_server_url(std::string_view url);

}  // namespace ostraka::http
