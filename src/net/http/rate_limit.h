// So many requests a second from one address: the generic cell rate algorithm, a token bucket kept as one number. Pure:
// time is handed in.
//
// An address is an IPv4 address or an IPv6 /64 (what one household or one rented machine gets). Memory is fixed: a table
// of `addresses_max` entries in sets of eight. When a set is full, the address that is nearest to having its whole burst
// back is forgotten, which gives it at most that burst again: whoever has more than a million addresses is not held
// by limits per address, and honest ones must not be locked out by him.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "net/http/proxies.h"

namespace ostraka::http {

enum class LoopbackPolicy { exempt, limited };

struct RateLimitOptions {
  double per_second = 0;  // 0: no limit
  std::uint32_t burst = 1;
  std::size_t addresses_max = std::size_t{1} << 20;
  LoopbackPolicy loopback = LoopbackPolicy::limited;
  std::uint64_t seed = 0;  // random, so that nobody can choose addresses that share a set
};

struct RateDecision {
  bool is_allowed = true;
  std::chrono::nanoseconds retry_after{0};
};

// Thread-safe: one lock for each of 64 shards.
class RateLimiter {
 public:
  explicit RateLimiter(const RateLimitOptions& options);
  RateDecision take(const Address& address, MonotonicTime now);

 private:
  static constexpr std::size_t k_set_entries = 8;
  static constexpr std::size_t k_shards = 64;
  struct Entry {
    std::uint64_t key = 0;
    // The moment at which the bucket is full again ("theoretical arrival time"), in nanoseconds of the clock handed in.
    std::int64_t full_at = 0;
  };
  using Set = std::array<Entry, k_set_entries>;

  Entry& entry_of(Set& set, std::uint64_t key) const;

  const RateLimitOptions options_;
  std::int64_t interval_ = 0;   // nanoseconds a request
  std::int64_t tolerance_ = 0;  // how far ahead of now full_at may be
  std::vector<Set> sets_;       // guarded by shard_mutexes_[index % k_shards]
  std::array<std::mutex, k_shards> shard_mutexes_;
};

}  // namespace ostraka::http
