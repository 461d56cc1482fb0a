// When an issuer's keys are fetched again, and what to tell a token whose key is not known meanwhile. Pure: time is
// handed in.
//
// Keys are fetched every now and then, and as soon as a token names one that nobody knows: its issuer may have rotated.
// Anyone can make up such names, so that fetches for them are at least k_key_fetch_interval_min apart. A name is said to
// be unknown only when a fetch that began after it was asked for did not bring it; until then the answer is "ask again".
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ostraka::identity {

inline constexpr std::chrono::seconds k_key_fetch_interval_min{10};
inline constexpr std::chrono::seconds k_keys_fresh_min{60};  // what a provider says is kept within these two
inline constexpr std::chrono::seconds k_keys_fresh_max{900};
inline constexpr std::chrono::seconds k_keys_fresh_default{300};
inline constexpr std::chrono::seconds k_fetch_pause_first{1};  // after a failure; doubles
inline constexpr std::chrono::seconds k_fetch_pause_max{60};
inline constexpr std::chrono::seconds k_absence_believed{30};
// Names that are remembered as asked for, or as absent; what does not fit is asked for again.
inline constexpr std::size_t k_key_names_max = 256;

// Not thread-safe.
class KeyRefresh {
 public:
  bool is_due(MonotonicTime now) const { return !in_flight_ && now >= due_at_; }
  bool is_in_flight() const { return in_flight_; }
  // REQUIRES: none is in flight.
  void begins(MonotonicTime now);
  struct Fetched {
    std::set<std::string, std::less<>> key_ids = {};
    std::optional<std::chrono::seconds> max_age = {};  // as the provider said
  };
  void succeeded(MonotonicTime now, const Fetched& fetched);
  void failed(MonotonicTime now);

  // Somebody says that it may be different now: no pause, not even after failures.
  void hurry(MonotonicTime now);

  enum class Answer {
    ask_again,  // a fetch will tell
    unknown,    // a fetch has told
  };
  Answer ask(std::string_view key_id, MonotonicTime now);

  // That are remembered, of one kind or another.
  std::size_t names() const { return asked_.size() + looked_for_.size() + absent_.size(); }

 private:
  bool in_flight_ = false;
  bool is_hurried_ = false;  // while one was in flight
  MonotonicTime due_at_{};  // at once
  std::optional<MonotonicTime> begun_at_;
  std::chrono::seconds pause_ = k_fetch_pause_first;
  std::set<std::string, std::less<>> asked_;                    // for the next fetch
  std::set<std::string, std::less<>> looked_for_;               // by the one in flight
  std::map<std::string, MonotonicTime, std::less<>> absent_;  // since when
};

}  // namespace ostraka::identity
