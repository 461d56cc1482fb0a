// How long things took, in bins that are at most 1/32 wide of what they hold. Pure; a fixed size however much goes in.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace ostraka::load {

class Histogram {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  void add(Nanoseconds took) {
    const std::uint64_t us = took.count() < 0 ? 0 : static_cast<std::uint64_t>(took.count()) / 1000;
    ++bins_[bin_of(us)];
    ++count_;
    us_max_ = std::max(us_max_, us);
  }

  Histogram& operator+=(const Histogram& other) {
    for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
      bins_[bin] += other.bins_[bin];
    }
    count_ += other.count_;
    us_max_ = std::max(us_max_, other.us_max_);
    return *this;
  }

  std::uint64_t count() const { return count_; }
  double max_ms() const { return static_cast<double>(us_max_) / 1000; }

  // The upper edge of the bin in which this share of all is reached; 0 when there is nothing.
  double quantile_ms(double share) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
      seen += bins_[bin];
      if (seen >= rank && seen > 0) {
        return static_cast<double>(std::min(edge_of(bin), us_max_)) / 1000;
      }
    }
    return 0;
  }

 private:
  static constexpr unsigned k_step_bits = 5;
  static constexpr std::uint64_t k_steps = 1 << k_step_bits;
  static constexpr std::uint64_t k_us_max = (std::uint64_t{1} << 32) - 1;  // more than an hour counts as that

  // One bin a microsecond at first, then 32 to each doubling.
  static std::size_t bin_of(std::uint64_t us) {
    us = std::min(us, k_us_max);
    if (us < k_steps) {
      return us;
    }
    const unsigned shift = static_cast<unsigned>(std::bit_width(us)) - 1 - k_step_bits;
    return (std::size_t{shift} << k_step_bits) + (us >> shift);
  }
  static std::uint64_t edge_of(std::size_t bin) {
    if (bin < k_steps) {
      return bin;
    }
    const std::size_t shift = (bin >> k_step_bits) - 1;
    return ((k_steps + bin % k_steps + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (32 - k_step_bits + 1) * k_steps> bins_{};
  std::uint64_t count_ = 0;
  std::uint64_t us_max_ = 0;
};

}  // namespace ostraka::load
