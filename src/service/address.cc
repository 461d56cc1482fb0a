#include "service/address.h"

#include <charconv>

namespace ostraka::service {

std::string Address::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

bool Address::is_loopback() const {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

Result<Address> parse_address(const std::string& text) {
  Address address;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    return fail(ErrorKind::invalid, "{}: not of the form host:port", text);
  }
  address.host = text.substr(0, colon);
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != std::string::npos) {
    return fail(ErrorKind::invalid, "{}: an IPv6 address stands in brackets, as in [::1]:8080", text);
  }
  const char* first = text.data() + colon + 1;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, address.port);
  if (address.host.empty() || first == last || error != std::errc() || end != last) {
    return fail(ErrorKind::invalid, "{}: not of the form host:port with a port of 0 to 65535", text);
  }
  return address;
}

}  // namespace ostraka::service
