#include "election/counting/ranking_counts.h"

#include "base/bytes.h"

namespace ostraka::election::counting {

std::string ranking_key(std::span<const Choice> choices) {
  std::string key;
  for (const Choice& choice : choices) {
    append_varint(key, choice.option);
  }
  return key;
}

void RankingCounts::add(std::string ranking, std::uint64_t ballots) {
  if (bounded_ || ranking.empty()) {
    return;
  }
  entries_[std::move(ranking)] += ballots;
  if (entries_.size() > distinct_max_) {
    become_bounded();
  }
}

void RankingCounts::become_bounded() {
  bounded_ = true;
  entries_ = Map();
}

void RankingCounts::absorb(const RankingCounts& other) {
  if (other.bounded_) {
    become_bounded();
  }
  for (const auto& [ranking, ballots] : other.entries_) {
    add(ranking, ballots);
  }
}

}  // namespace ostraka::election::counting
