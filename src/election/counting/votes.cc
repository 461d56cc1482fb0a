#include "election/counting/votes.h"

#include <algorithm>

namespace ostraka::election::counting {

void add_choices(const Contest& contest, std::span<const Choice> choices, Votes& votes) {
  if (contest.method == Method::ranked) {
    if (!choices.empty()) {
      votes[choices.front().option] += 1;
    }
    return;
  }
  for (const Choice& choice : choices) {
    votes[choice.option] += contest.method == Method::score ? choice.points : 1;
  }
}

std::vector<std::uint32_t> leaders(const Votes& votes) {
  std::vector<std::uint32_t> leading;
  const std::uint64_t most = votes.empty() ? 0 : *std::max_element(votes.begin(), votes.end());
  for (std::uint32_t option = 0; option < votes.size() && most > 0; ++option) {
    if (votes[option] == most) {
      leading.push_back(option);
    }
  }
  return leading;
}

}  // namespace ostraka::election::counting
