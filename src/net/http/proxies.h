// Whose word about the client's address is believed. Pure.
//
// A header can say anything. Only when the socket's own peer is a trusted proxy is its X-Forwarded-For read, from the
// right: the last address that is not itself a trusted proxy is the client's. What stands further left was written by
// somebody nobody vouches for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ostraka::http {

// IPv4 addresses are kept as ::ffff:a.b.c.d, so that both ways of writing one are the same address.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4() const;
  bool is_loopback() const;
  std::string text() const;
  auto operator<=>(const Address&) const = default;
};

// "192.0.2.1", "2001:db8::1", "[2001:db8::1]", any with a port ("192.0.2.1:80", "[2001:db8::1]:80").
std::optional<Address> parse_address(std::string_view text);

class TrustedProxies {
 public:
  // Each an address or a network ("10.0.0.0/8", "fd00::/8"). Errors: invalid.
  static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  bool is_empty() const { return networks_.empty(); }
  bool contains(const Address& address) const;

  // The client behind `peer`, given the values of its X-Forwarded-For fields in order.
  // REQUIRES: contains(peer).
  Address client_of(const Address& peer, const std::vector<std::string_view>& forwarded_for) const;

 private:
  struct Network {
    Address base;
    unsigned prefix_bits = 128;
  };
  std::vector<Network> networks_;
};

}  // namespace ostraka::http
