// The verdicts of the fold, and counters of them. Value types.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace ostraka::once {

// What a vote record is, decided by the records before it in its partition and by nothing else. Checked in this order:
// window, partition, ballot, voter.
enum class Verdict : std::uint8_t {
  counted,
  repeat_same,     // the voter's ballot that counts is this very ballot
  repeat_other,    // another ballot of the voter counts
  outside_window,  // before the opened marker, after the closed one, or never opened
  misplaced,       // the voter belongs to another partition
  malformed,       // not a ballot that the election's definition allows
};
inline constexpr std::size_t k_verdicts = 6;

std::string_view verdict_name(Verdict verdict);

// How many vote records got which verdict: total() is the number of vote records, always.
struct VerdictCounts {
  std::array<std::uint64_t, k_verdicts> by_verdict{};

  bool operator==(const VerdictCounts&) const = default;
  std::uint64_t of(Verdict verdict) const { return by_verdict[static_cast<std::size_t>(verdict)]; }
  std::uint64_t total() const { return std::accumulate(by_verdict.begin(), by_verdict.end(), std::uint64_t{0}); }
  void add(Verdict verdict) { ++by_verdict[static_cast<std::size_t>(verdict)]; }
};

}  // namespace ostraka::once
