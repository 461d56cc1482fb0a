// host:port, as options name it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace ostraka::service {

struct Address {
  std::string host;  // an IPv4 address, an IPv6 address without its brackets, or a name
  std::uint16_t port = 0;

  std::string text() const;  // brackets around IPv6
  // 127.0.0.0/8, ::1, localhost.
  bool is_loopback() const;
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:0". Errors: invalid.
Result<Address> parse_address(const std::string& text);

}  // namespace ostraka::service
