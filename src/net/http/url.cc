#include "net/http/url.h"

namespace ostraka::http {

Result<ServerUrl> parse_server_url(std::string_view url) {
  const bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("http://")) {
    return fail(ErrorKind::invalid, "'{}' starts with neither http:// nor https://", url);
  }
  std::string_view authority = url.substr(url.find("//") + 2);
  if (authority.ends_with('/')) {
    authority.remove_suffix(1);
  }
  const std::size_t host_end = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = host_end == std::string_view::npos ? host_end : authority.find(':', host_end);
  ServerUrl result;
  result.scheme = is_https ? Scheme::https : Scheme::http;
  result.host = authority.substr(0, colon);
  result.port = colon == std::string_view::npos ? (is_https ? "443" : "80") : authority.substr(colon + 1);
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
