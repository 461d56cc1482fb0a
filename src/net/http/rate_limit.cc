#include "net/http/rate_limit.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"

namespace ostraka::http {
namespace {

constexpr double k_nanoseconds_per_second = 1e9;

std::uint64_t big_endian(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | bytes[i];
  }
  return value;
}

// The upper half of an IPv6 address, or an IPv4 address behind bits that no client's IPv6 address starts with.
std::uint64_t key_of(const Address& address) {
  constexpr std::uint64_t k_v4_mark = 0xffffffff00000000;
  return address.is_v4() ? k_v4_mark | big_endian(address.bytes.data() + 12, 4) : big_endian(address.bytes.data(), 8);
}

// The finaliser of SplitMix64.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

RateLimiter::RateLimiter(const RateLimitOptions& options) : options_(options) {
  check(options.per_second >= 0 && options.burst > 0, "rate limit options");
  if (options.per_second > 0) {
    interval_ = std::max<std::int64_t>(1, std::llround(k_nanoseconds_per_second / options.per_second));
    tolerance_ = interval_ * (options.burst - 1);
    sets_.resize(std::max<std::size_t>(1, options.addresses_max / k_set_entries));
  }
}

RateLimiter::Entry& RateLimiter::entry_of(Set& set, std::uint64_t key) const {
  Entry* fullest = &set[0];
  for (Entry& entry : set) {
    if (entry.key == key && entry.full_at != 0) {
      return entry;
    }
    if (entry.full_at < fullest->full_at) {
      fullest = &entry;
    }
  }
  *fullest = {key, 0};
  return *fullest;
}

RateDecision RateLimiter::take(const Address& address, MonotonicTime now) {
  if (sets_.empty() || (options_.loopback == LoopbackPolicy::exempt && address.is_loopback())) {
    return {};
  }
  const std::uint64_t key = key_of(address);
  const std::size_t index = mixed(key ^ options_.seed) % sets_.size();
  const std::int64_t now_ns = now.time_since_epoch().count();
  const std::lock_guard lock(shard_mutexes_[index % k_shards]);
  Entry& entry = entry_of(sets_[index], key);
  const std::int64_t full_at = std::max(entry.full_at, now_ns);
  if (full_at - now_ns > tolerance_) {
    return {false, std::chrono::nanoseconds(full_at - now_ns - tolerance_)};
  }
  entry.full_at = full_at + interval_;
  return {};
}

}  // namespace ostraka::http
