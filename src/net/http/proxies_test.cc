#include "net/http/proxies.h"

#include <gtest/gtest.h>

namespace ostraka::http {
namespace {

TEST(Addresses, EveryWayOfWritingOneIsTheSameAddress) {
  for (const char* text : {"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1:8080", " 192.0.2.1 ", "[::ffff:c000:201]:1"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->text(), "192.0.2.1") << text;
  }
  EXPECT_EQ(parse_address("[2001:DB8::1]:443")->text(), "2001:db8::1");
  for (const char* text : {"", "unknown", "1.2.3", "1.2.3.4.5", "[::1", "[::1]x", "_hidden", "1.2.3.4\n", "01.2.3.4"}) {
    EXPECT_FALSE(parse_address(text).has_value()) << text;
  }
}

TEST(TrustedProxies, NetworksContainTheirAddresses) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "192.0.2.7", "fd00::/9", "2001:db8::1"});
  ASSERT_TRUE(proxies.has_value());
  for (const char* text : {"10.255.1.2", "192.0.2.7", "fd7f::1", "2001:db8::1"}) {
    EXPECT_TRUE(proxies->contains(*parse_address(text))) << text;
  }
  for (const char* text : {"11.0.0.0", "192.0.2.6", "fd80::1", "2001:db8::2", "::1"}) {
    EXPECT_FALSE(proxies->contains(*parse_address(text))) << text;
  }
  EXPECT_TRUE(TrustedProxies::parse({"0.0.0.0/0"})->contains(*parse_address("8.8.8.8")));
  EXPECT_FALSE(TrustedProxies::parse({"0.0.0.0/0"})->contains(*parse_address("::1")));
}

TEST(TrustedProxies, WhatIsNoNetworkIsRefused) {
  for (const char* text : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129", "10.0.0.0/-1"}) {
    EXPECT_FALSE(TrustedProxies::parse({text}).has_value()) << text;
  }
}

struct Forwarding {
  std::vector<std::string_view> fields;
  const char* client;
};

TEST(TrustedProxies, TheLastAddressThatIsNoProxyIsTheClient) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "fd00::/8"});
  const Address peer = *parse_address("10.0.0.1");
  const Forwarding cases[] = {
      {{}, "10.0.0.1"},
      {{"192.0.2.1"}, "192.0.2.1"},
      {{"6.6.6.6, 192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
      {{"6.6.6.6", "192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
      {{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
      {{"6.6.6.6, garbage"}, "10.0.0.1"},
      {{"6.6.6.6, garbage, 10.0.0.2"}, "10.0.0.2"},
      {{"2001:db8::5, fd00::1"}, "2001:db8::5"},
      {{"[2001:db8::5]:1234"}, "2001:db8::5"},
      {{","}, "10.0.0.1"},
  };
  for (const Forwarding& forwarding : cases) {
    EXPECT_EQ(proxies->client_of(peer, forwarding.fields).text(), forwarding.client)
        << (forwarding.fields.empty() ? "nothing" : forwarding.fields.front());
  }
}

}  // namespace
}  // namespace ostraka::http
