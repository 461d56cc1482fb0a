// The one source of chance in a simulated run: same seed, same draws, on every machine (the standard library's
// distributions are not).
#pragma once

#include <cstdint>
#include <vector>

namespace ostraka::sim {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 0xD1B54A32D192ED03ULL) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31);
  }
  // REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }
  // One of the values, drawn once a run: faults come in swarms, and some runs have none of a kind.
  double one_of(std::initializer_list<double> values) { return values.begin()[below(values.size())]; }

 private:
  std::uint64_t state_;
};

}  // namespace ostraka::sim
