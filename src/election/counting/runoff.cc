#include "election/counting/runoff.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "election/counting/tie_break.h"

namespace ostraka::election::counting {

namespace {

// A ranking on its way through the piles. `rest` begins behind the option on whose pile it lies.
struct Slip {
  std::string_view rest;
  std::uint64_t ballots = 0;
};

class Count {
 public:
  Count(std::string_view election, const Contest& contest, const RankingCounts& rankings)
      : contest_(contest),
        tie_places_(tie_places(election, contest)),
        piles_(contest.options.size()),
        votes_(contest.options.size(), 0),
        is_in_(contest.options.size(), true) {
    for (const auto& [ranking, ballots] : rankings.entries()) {
      place({ranking, ballots});
    }
  }

  Runoff run() {
    Runoff runoff;
    for (;;) {
      history_.push_back(votes_);
      runoff.rounds.push_back(round());
      if (std::optional<std::uint32_t> last = decided(); !last) {
        const std::uint32_t option = next_to_go();
        runoff.rounds.back().eliminated = {option};
        eliminate(option);
      } else {
        if (continuing() > 0) {
          runoff.winners = {*last};
        }
        return runoff;
      }
    }
  }

 private:
  void place(Slip slip) {
    while (const std::optional<std::uint64_t> option = take_varint(slip.rest)) {
      check(*option < is_in_.size(), "rankings are of this contest");
      if (is_in_[*option]) {
        votes_[*option] += slip.ballots;
        piles_[*option].push_back(slip);
        return;
      }
    }
    exhausted_ += slip.ballots;
  }

  RunoffRound round() const {
    RunoffRound round;
    round.exhausted = exhausted_;
    for (std::uint32_t option = 0; option < is_in_.size(); ++option) {
      if (is_in_[option]) {
        round.tally.emplace_back(option, votes_[option]);
      }
    }
    return round;
  }

  std::uint64_t continuing() const { return std::accumulate(votes_.begin(), votes_.end(), std::uint64_t{0}); }

  // The option that is ahead when the count stops here.
  std::optional<std::uint32_t> decided() const {
    std::vector<std::uint32_t> remaining = those_in();
    const std::uint64_t total = continuing();
    for (const std::uint32_t option : remaining) {
      if (votes_[option] > total - votes_[option]) {
        return option;
      }
    }
    if (remaining.size() > 2 && total > 0) {
      return std::nullopt;
    }
    return *std::max_element(remaining.begin(), remaining.end(),
                             [&](std::uint32_t a, std::uint32_t b) { return goes_before(a, b); });
  }

  std::vector<std::uint32_t> those_in() const {
    std::vector<std::uint32_t> remaining;
    for (std::uint32_t option = 0; option < is_in_.size(); ++option) {
      if (is_in_[option]) {
        remaining.push_back(option);
      }
    }
    return remaining;
  }

  std::uint32_t next_to_go() const {
    std::vector<std::uint32_t> candidates = those_in();
    const auto declared = std::partition(candidates.begin(), candidates.end(),
                                         [&](std::uint32_t option) { return contest_.options[option].undeclared; });
    if (declared != candidates.begin()) {
      candidates.erase(declared, candidates.end());
    }
    return *std::min_element(candidates.begin(), candidates.end(),
                             [&](std::uint32_t a, std::uint32_t b) { return goes_before(a, b); });
  }

  // This round first, then back through the earlier ones: a lexicographic order, so that it holds among any number of
  // tied options and not only between two.
  bool goes_before(std::uint32_t a, std::uint32_t b) const {
    for (auto votes = history_.rbegin(); votes != history_.rend(); ++votes) {
      if ((*votes)[a] != (*votes)[b]) {
        return (*votes)[a] < (*votes)[b];
      }
    }
    return tie_places_[a] < tie_places_[b];
  }

  void eliminate(std::uint32_t option) {
    is_in_[option] = false;
    votes_[option] = 0;
    for (const Slip& slip : std::exchange(piles_[option], {})) {
      place(slip);
    }
  }

  const Contest& contest_;
  std::vector<std::uint32_t> tie_places_;
  std::vector<std::vector<Slip>> piles_;
  std::vector<std::uint64_t> votes_;
  std::vector<bool> is_in_;
  std::vector<std::vector<std::uint64_t>> history_;  // votes_ of each round, this one included
  std::uint64_t exhausted_ = 0;
};

}  // namespace

Runoff count_runoff(std::string_view election, const Contest& contest, const RankingCounts& rankings) {
  check(!rankings.bounded(), "a runoff needs every ranking");
  return Count(election, contest, rankings).run();
}

}  // namespace ostraka::election::counting
