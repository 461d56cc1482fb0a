#include "net/http/proxies.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace ostraka::http {
namespace {

constexpr std::array<std::uint8_t, 12> k_v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t k_address_text_bytes_max = 64;
// A client can put any number of addresses in front of what the proxies append; those further left are not looked at.
constexpr std::size_t k_proxy_hops_max = 16;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes brackets and port away. Empty when they are put wrongly.
std::string_view host_part(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    const bool is_closed = end != std::string_view::npos && (end + 1 == text.size() || text[end + 1] == ':');
    return is_closed ? text.substr(1, end - 1) : std::string_view();
  }
  const std::size_t colon = text.find(':');
  const bool is_v4_with_port = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return is_v4_with_port ? text.substr(0, colon) : text;
}

}  // namespace

bool Address::is_v4() const {
  return std::memcmp(bytes.data(), k_v4_prefix.data(), k_v4_prefix.size()) == 0;
}

bool Address::is_loopback() const {
  static constexpr std::array<std::uint8_t, 16> k_v6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return is_v4() ? bytes[12] == 127 : bytes == k_v6_loopback;
}

std::string Address::text() const {
  char out[INET6_ADDRSTRLEN];
  const int family = is_v4() ? AF_INET : AF_INET6;
  inet_ntop(family, is_v4() ? bytes.data() + k_v4_prefix.size() : bytes.data(), out, sizeof out);
  return out;
}

std::optional<Address> parse_address(std::string_view text) {
  const std::string host(host_part(trimmed(text)));
  if (host.empty() || host.size() > k_address_text_bytes_max) {
    return std::nullopt;
  }
  Address address;
  if (inet_pton(AF_INET, host.c_str(), address.bytes.data() + k_v4_prefix.size()) == 1) {
    std::memcpy(address.bytes.data(), k_v4_prefix.data(), k_v4_prefix.size());
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), address.bytes.data()) == 1) {
    return address;
  }
  return std::nullopt;
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const std::size_t slash = text.find('/');
    const std::optional<Address> base = parse_address(std::string_view(text).substr(0, slash));
    if (!base) {
      return fail(ErrorKind::invalid, "trusted proxy '{}' is not an address or network", text);
    }
    const unsigned offset = base->is_v4() ? 96 : 0;
    unsigned bits = 128 - offset;
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
      if (parsed.ec != std::errc() || parsed.ptr != end || bits > 128 - offset) {
        return fail(ErrorKind::invalid, "trusted proxy '{}' has no valid prefix length", text);
      }
    }
    proxies.networks_.push_back({*base, bits + offset});
  }
  return proxies;
}

bool TrustedProxies::contains(const Address& address) const {
  for (const Network& network : networks_) {
    const unsigned whole = network.prefix_bits / 8, rest = network.prefix_bits % 8;
    const auto mask = static_cast<std::uint8_t>(0xff00u >> rest);
    if (std::memcmp(address.bytes.data(), network.base.bytes.data(), whole) == 0 &&
        (rest == 0 || (address.bytes[whole] & mask) == (network.base.bytes[whole] & mask))) {
      return true;
    }
  }
  return false;
}

Address TrustedProxies::client_of(const Address& peer, const std::vector<std::string_view>& forwarded_for) const {
  Address client = peer;
  std::size_t hops = 0;
  for (auto field = forwarded_for.rbegin(); field != forwarded_for.rend(); ++field) {
    std::string_view left = *field;
    while (true) {
      const std::size_t comma = left.rfind(',');
      const std::optional<Address> hop = parse_address(comma == std::string_view::npos ? left : left.substr(comma + 1));
      if (!hop || ++hops > k_proxy_hops_max) {
        return client;
      }
      client = *hop;
      if (!contains(client)) {
        return client;
      }
      if (comma == std::string_view::npos) {
        break;
      }
      left = left.substr(0, comma);
    }
  }
  return client;
}

}  // namespace ostraka::http
