// The parts that can be measured by themselves. Each runs for seconds and says what it found.
#pragma once

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

namespace ostraka::bench {

using Json = nlohmann::ordered_json;

struct Size {
  std::uint64_t voters = 20'000'000;  // in the ledger
  std::uint64_t decisions = 2'000'000;
  std::uint64_t records = 4'000'000;  // of the tally
  std::uint64_t ballots = 10'000'000;
  std::uint64_t rankings = 100'000;  // different ones among the ballots
  double seconds = 1;                // of each measurement that has no number
  std::uint64_t rounds = 7;          // of what is compared in turns
};
inline constexpr Size k_small{100'000, 50'000, 100'000, 100'000, 1'000, 0.1, 3};

inline constexpr std::size_t k_record_bytes = 128;  // of a log

Json ledger(const Size& size);
Json token_check(const Size& size);
Json token_issue(const Size& size);
Json tally_replay(const Size& size);
Json ranked_count(const Size& size);
Json log_appends(const Size& size, const std::string& directory);
Json log_writes(const Size& size, const std::string& directory);
Json rpc_hop(const Size& size);

// Wall and processor time since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  }
  double cpu_seconds() const { return cpu_now() - cpu_; }

 private:
  static double cpu_now() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  double cpu_ = cpu_now();
};

}  // namespace ostraka::bench
