#include "net/http/rate_limit.h"

#include <gtest/gtest.h>

#include <thread>

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;

Address address(std::string_view text) {
  return *parse_address(text);
}

MonotonicTime at(std::chrono::nanoseconds since_start) {
  return MonotonicTime(1000s + since_start);
}

int allowed_of(RateLimiter& limiter, const Address& from, int tries, MonotonicTime now) {
  int allowed = 0;
  for (int i = 0; i < tries; ++i) {
    allowed += limiter.take(from, now).is_allowed ? 1 : 0;
  }
  return allowed;
}

TEST(RateLimit, ABurstAndThenTheRate) {
  RateLimiter limiter({.per_second = 10, .burst = 5});
  const Address from = address("192.0.2.1");
  EXPECT_EQ(allowed_of(limiter, from, 20, at(0s)), 5);
  const RateDecision refused = limiter.take(from, at(0s));
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.retry_after, 100ms);
  EXPECT_FALSE(limiter.take(from, at(99ms)).is_allowed);
  EXPECT_TRUE(limiter.take(from, at(100ms)).is_allowed);
  EXPECT_FALSE(limiter.take(from, at(100ms)).is_allowed);
  EXPECT_EQ(allowed_of(limiter, from, 20, at(10s)), 5);
}

TEST(RateLimit, RefusedRequestsCostNothing) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  const Address from = address("192.0.2.1");
  EXPECT_EQ(allowed_of(limiter, from, 1000, at(0s)), 1);
  EXPECT_TRUE(limiter.take(from, at(1s)).is_allowed);
}

TEST(RateLimit, AddressesDoNotDisturbEachOtherAndAnIpv6NetworkIsOne) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_TRUE(limiter.take(address("192.0.2.1"), at(0s)).is_allowed);
  EXPECT_TRUE(limiter.take(address("192.0.2.2"), at(0s)).is_allowed);
  EXPECT_TRUE(limiter.take(address("2001:db8:0:1::1"), at(0s)).is_allowed);
  EXPECT_FALSE(limiter.take(address("2001:db8:0:1:ffff::2"), at(0s)).is_allowed);
  EXPECT_TRUE(limiter.take(address("2001:db8:0:2::1"), at(0s)).is_allowed);
  EXPECT_FALSE(limiter.take(address("::ffff:192.0.2.1"), at(0s)).is_allowed);
}

TEST(RateLimit, LoopbackAloneIsExemptWhenAskedFor) {
  RateLimiter limiter({.per_second = 1, .burst = 1, .loopback = LoopbackPolicy::exempt});
  EXPECT_EQ(allowed_of(limiter, address("127.0.0.1"), 10, at(0s)), 10);
  EXPECT_EQ(allowed_of(limiter, address("::1"), 10, at(0s)), 10);
  EXPECT_EQ(allowed_of(limiter, address("192.0.2.1"), 10, at(0s)), 1);
}

TEST(RateLimit, WithoutARateEverythingIsAllowed) {
  RateLimiter limiter({});
  EXPECT_EQ(allowed_of(limiter, address("192.0.2.1"), 100, at(0s)), 100);
}

TEST(RateLimit, InAFullTableTheFullestBucketIsForgottenFirst) {
  RateLimiter limiter({.per_second = 1, .burst = 3, .addresses_max = 8});
  const Address spender = address("10.0.0.1");
  EXPECT_EQ(allowed_of(limiter, spender, 5, at(0s)), 3);
  for (int i = 2; i < 200; ++i) {
    EXPECT_TRUE(limiter.take(address("10.0.0." + std::to_string(i)), at(0s)).is_allowed) << i;
  }
  EXPECT_FALSE(limiter.take(spender, at(0s)).is_allowed);
}

TEST(RateLimit, ThreadsTogetherGetOneBurst) {
  RateLimiter limiter({.per_second = 0.001, .burst = 500});
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { allowed += allowed_of(limiter, address("192.0.2.1"), 400, at(0s)); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(allowed.load(), 500);
}

}  // namespace
}  // namespace ostraka::http
