#include "load/core/ballots.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ostraka::load {

namespace {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  // Below `end`, nearly evenly.
  std::size_t below(std::size_t end) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((mixed ^ (mixed >> 31)) % end);
  }

 private:
  std::uint64_t state_;
};

// Identifiers of options and contests need no escaping.
std::string contest_body(const election::Contest& contest, Numbers& numbers) {
  std::vector<std::size_t> options(contest.options.size());
  std::iota(options.begin(), options.end(), std::size_t{0});
  const std::size_t most = std::min<std::size_t>(contest.max_choices, options.size());
  const std::size_t least = std::min(most, std::max<std::size_t>(1, contest.min_choices));
  const bool is_scored = contest.method == election::Method::score;
  const std::size_t choices = is_scored ? options.size() : least + numbers.below(most - least + 1);
  for (std::size_t i = 0; i < choices; ++i) {
    std::swap(options[i], options[i + numbers.below(options.size() - i)]);
  }
  std::string body;
  for (std::size_t i = 0; i < choices; ++i) {
    const std::string& id = contest.options[options[i]].id;
    body += i == 0 ? "" : ",";
    body += is_scored ? fmt::format(R"("{}":{})", id, numbers.below(contest.max_score + 1)) : fmt::format(R"("{}")", id);
  }
  return is_scored ? "{" + body + "}" : "[" + body + "]";
}

}  // namespace

std::vector<std::string> random_bodies(const election::Definition& definition, std::size_t count, std::uint64_t seed) {
  Numbers numbers(seed);
  std::vector<std::string> bodies;
  bodies.reserve(count);
  while (bodies.size() < count) {
    std::string contests;
    for (const election::Contest& contest : definition.contests) {
      contests += fmt::format(R"({}"{}":{})", contests.empty() ? "" : ",", contest.id, contest_body(contest, numbers));
    }
    bodies.push_back(fmt::format(R"({{"ballot":{{{}}}}})", contests));
  }
  return bodies;
}

}  // namespace ostraka::load
