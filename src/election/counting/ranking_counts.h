// Equal rankings, counted together. An instant runoff needs no ballots, only how often each ranking was given: that
// is what makes a live count of millions of ballots cheap.
//
// The bound: at most `distinct_max` different rankings are kept. One more, and all of them are forgotten and bounded()
// stays true: the counts that are left over (first preferences) are kept elsewhere, and the exact rounds need a re-read
// of the log with a RankingCounts of its own that has room. Memory at the default bound: about 80 MB a contest.
//
// Value type, owned by one thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "election/ballot.h"

namespace ostraka::election::counting {

inline constexpr std::size_t k_distinct_rankings_max = 1'000'000;
inline constexpr std::size_t k_distinct_rankings_unlimited = std::numeric_limits<std::size_t>::max();

// The key of a ranking: its option numbers as varints, most preferred first.
std::string ranking_key(std::span<const Choice> choices);

class RankingCounts {
 public:
  using Map = boost::unordered_flat_map<std::string, std::uint64_t>;

  explicit RankingCounts(std::size_t distinct_max = k_distinct_rankings_max) : distinct_max_(distinct_max) {}

  // An empty ranking (the voter left the contest out) counts for nothing.
  void add(std::string ranking, std::uint64_t ballots);
  void absorb(const RankingCounts& other);
  // As if there had been too many.
  void become_bounded();

  bool bounded() const { return bounded_; }
  const Map& entries() const { return entries_; }
  bool empty() const { return entries_.empty() && !bounded_; }

 private:
  std::size_t distinct_max_;
  Map entries_;
  bool bounded_ = false;
};

}  // namespace ostraka::election::counting
