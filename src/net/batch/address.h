// Where batch streams are listened for: beside the address at which a service takes its other calls.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <string>
#include <variant>

#include "base/result.h"

namespace ostraka::batch {

using Socket = boost::asio::generic::stream_protocol::socket;
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

struct HostAndPort {
  std::string host;
  std::string port;
};

// Of `unix:/path/NAME.sock` the socket /path/NAME.streams.sock; of `host:port` the next port. Errors: invalid.
using StreamsAddress = std::variant<Endpoint, HostAndPort>;
Result<StreamsAddress> streams_address(const std::string& service_address);

}  // namespace ostraka::batch
