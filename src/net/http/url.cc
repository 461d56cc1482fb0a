#include "net/http/url.h"

namespace ostraka::http {

Result<ServerUrl> parse_server_url(std::string_view url) {
  constexpr std::string_view k_scheme = "http://";
  if (!url.starts_with(k_scheme)) {
    return fail(ErrorKind::invalid, "'{}' does not start with http://", url);
  }
  std::string_view authority = url.substr(k_scheme.size());
  if (authority.ends_with('/')) {
    authority.remove_suffix(1);
  }
  const std::size_t host_end = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = host_end == std::string_view::npos ? host_end : authority.find(':', host_end);
  ServerUrl result;
  result.host = authority.substr(0, colon);
  result.port = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  result.host_header = authority;
  if (result.host.size() > 2 && result.host.front() == '[' && result.host.back() == ']') {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  const bool is_port = !result.port.empty() && result.port.size() <= 5 &&
                       result.port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_port || result.host.empty() || result.host.find_first_of("/?#@[] \t\r\n") != std::string::npos) {
    return fail(ErrorKind::invalid, "'{}' is not of the form http://host:port", url);
  }
  return result;
}

}  // namespace ostraka::http
