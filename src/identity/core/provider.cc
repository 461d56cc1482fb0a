#include "identity/core/provider.h"

#include <algorithm>
#include <array>

namespace ostraka::identity {

namespace {

constexpr std::size_t k_url_bytes_max = 2048;
constexpr std::array<std::string_view, 3> k_loopback_hosts = {"127.0.0.1", "[::1]", "localhost"};

bool is_visible(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("\"'<>\\^`{|}#").find(c) == std::string_view::npos;
}

// Without a port.
std::string_view host_of(std::string_view authority) {
  const std::size_t from = authority.starts_with('[') ? authority.find(']') : 0;
  return authority.substr(0, authority.find(':', from == std::string_view::npos ? 0 : from));
}

}  // namespace

bool is_provider_url(std::string_view url) {
  if (url.size() > k_url_bytes_max || !std::all_of(url.begin(), url.end(), is_visible)) {
    return false;
  }
  const bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("http://")) {
    return false;
  }
  url.remove_prefix(is_https ? 8 : 7);
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  const std::string_view host = host_of(authority);
  if (host.empty() || authority.find('@') != std::string_view::npos) {
    return false;
  }
  return is_https || std::find(k_loopback_hosts.begin(), k_loopback_hosts.end(), host) != k_loopback_hosts.end();
}

}  // namespace ostraka::identity
