#include "service/address.h"

#include <gtest/gtest.h>

namespace ostraka::service {
namespace {

TEST(Address, ReadsWhatItWrites) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:0", "localhost:65535", "vote.example:443"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text : {"", "127.0.0.1", ":80", "host:", "host:x", "host:65536", "host:-1", "host:80 ", "::1:80"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

TEST(Address, KnowsLoopback) {
  EXPECT_TRUE(parse_address("127.8.0.1:1")->is_loopback());
  EXPECT_TRUE(parse_address("[::1]:1")->is_loopback());
  EXPECT_FALSE(parse_address("0.0.0.0:1")->is_loopback());
  EXPECT_FALSE(parse_address("[::]:1")->is_loopback());
  EXPECT_FALSE(parse_address("192.168.0.1:1")->is_loopback());
}

}  // namespace
}  // namespace ostraka::service
