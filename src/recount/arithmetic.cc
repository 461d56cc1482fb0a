#include "recount/arithmetic.h"

#include <algorithm>
#include <limits>

#include "crypto/digest.h"

namespace ostraka::recount {

using election::Method;

void ContestCount::add(const Entries& entries) {
  switch (contest_.method) {
    case Method::single:
    case Method::approval:
      for (const auto& entry : entries) {
        ++sums_[entry.first];
      }
      break;
    case Method::score:
      for (const auto& [option, points] : entries) {
        sums_[option] += points;
      }
      break;
    case Method::ranked: {
      std::vector<std::uint16_t> ranking;
      for (const auto& entry : entries) {
        ranking.push_back(static_cast<std::uint16_t>(entry.first));
      }
      if (!ranking.empty()) {
        ++sums_[ranking.front()];
        ++rankings_[std::move(ranking)];
      }
      break;
    }
  }
}

ContestCount::Outcome ContestCount::outcome() const {
  if (contest_.method == Method::ranked) {
    return runoff();
  }
  Outcome outcome;
  std::uint64_t best = 1;  // nobody wins with nothing
  for (std::uint64_t option = 0; option < sums_.size(); ++option) {
    if (sums_[option] > best) {
      outcome.winners.clear();
      best = sums_[option];
    }
    if (sums_[option] == best) {
      outcome.winners.push_back(option);
    }
  }
  return outcome;
}

RoundCount ContestCount::count_round(const std::vector<bool>& out) const {
  RoundCount round;
  for (std::uint64_t option = 0; option < out.size(); ++option) {
    if (!out[option]) {
      round.votes[option] = 0;
    }
  }
  for (const auto& [ranking, ballots] : rankings_) {
    const auto best = std::find_if(ranking.begin(), ranking.end(), [&](std::uint16_t option) { return !out[option]; });
    if (best == ranking.end()) {
      round.exhausted += ballots;
    } else {
      round.votes[*best] += ballots;
    }
  }
  return round;
}

std::string ContestCount::lot(std::uint64_t option) const {
  std::string text = definition_.id;
  text.push_back('\0');
  text.append(contest_.id);
  text.push_back('\0');
  text.append(contest_.options[option].id);
  return crypto::sha256(text);
}

// Those with the fewest votes in the last round, of these those with the fewest in the one before, and so on; among
// who is still tied the smaller lot.
std::uint64_t ContestCount::first_out_of(std::vector<std::uint64_t> tied, const std::vector<RoundCount>& rounds) const {
  for (std::size_t i = rounds.size(); i > 0 && tied.size() > 1; --i) {
    const auto& votes = rounds[i - 1].votes;
    std::uint64_t fewest = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t option : tied) {
      fewest = std::min(fewest, votes.at(option));
    }
    std::erase_if(tied, [&](std::uint64_t option) { return votes.at(option) > fewest; });
  }
  return *std::min_element(tied.begin(), tied.end(), [&](std::uint64_t a, std::uint64_t b) { return lot(a) < lot(b); });
}

ContestCount::Outcome ContestCount::runoff() const {
  Outcome outcome;
  std::vector<bool> out(contest_.options.size(), false);
  for (;;) {
    outcome.rounds.push_back(count_round(out));
    RoundCount& round = outcome.rounds.back();
    std::uint64_t continuing = 0;
    std::vector<std::uint64_t> in;
    std::vector<std::uint64_t> undeclared;
    for (const auto& [option, votes] : round.votes) {
      continuing += votes;
      in.push_back(option);
      if (contest_.options[option].undeclared) {
        undeclared.push_back(option);
      }
    }
    for (const auto& [option, votes] : round.votes) {
      if (votes * 2 > continuing) {
        outcome.winners = {option};
      }
    }
    if (continuing == 0 || !outcome.winners.empty()) {
      return outcome;
    }
    const std::uint64_t loser = first_out_of(undeclared.empty() || in.size() <= 2 ? in : undeclared, outcome.rounds);
    if (in.size() <= 2) {
      std::erase(in, loser);
      outcome.winners = in;
      return outcome;
    }
    round.eliminated = {loser};
    out[loser] = true;
  }
}

}  // namespace ostraka::recount
