#include "net/batch/address.h"

#include <sys/un.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <charconv>
#include <limits>
#include <string_view>

namespace ostraka::batch {

namespace {

constexpr std::string_view k_unix = "unix:";
constexpr std::string_view k_suffix = ".sock";
constexpr std::size_t k_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;

Result<StreamsAddress> beside_socket(std::string path) {
  if (path.ends_with(k_suffix)) {
    path.resize(path.size() - k_suffix.size());
  }
  path += ".streams";
  path += k_suffix;
  if (path.size() > k_path_bytes_max) {
    return fail(ErrorKind::invalid, "the path of a socket may have {} bytes: {}", k_path_bytes_max, path);
  }
  return StreamsAddress(Endpoint(boost::asio::local::stream_protocol::endpoint(path)));
}

}  // namespace

Result<StreamsAddress> streams_address(const std::string& service_address) {
  if (service_address.starts_with(k_unix)) {
    return beside_socket(service_address.substr(k_unix.size()));
  }
  const std::size_t colon = service_address.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const char* const end = service_address.data() + service_address.size();
    const auto read = std::from_chars(service_address.data() + colon + 1, end, port);
    if (read.ec == std::errc() && read.ptr == end && port > 0 && port < std::numeric_limits<std::uint16_t>::max()) {
      std::string host = service_address.substr(0, colon);
      if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
      }
      return StreamsAddress(HostAndPort{std::move(host), std::to_string(port + 1)});
    }
  }
  return fail(ErrorKind::invalid, "'{}' is not unix:PATH or host:port, with a port that has a next one", service_address);
}

}  // namespace ostraka::batch
