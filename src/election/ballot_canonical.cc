// The canonical form of a ballot: writing, reading, checking. docs/formats/ballot.md has the grammar.
#include <algorithm>
#include <bitset>

#include "base/bytes.h"
#include "base/check.h"
#include "election/ballot.h"

namespace ostraka::election {

namespace {

// Reads one number below `limit`.
bool take_below(std::string_view& in, std::uint64_t limit, std::uint32_t& number) {
  const std::optional<std::uint64_t> value = take_varint(in);
  if (!value || *value >= limit) {
    return false;
  }
  number = static_cast<std::uint32_t>(*value);
  return true;
}

// Reads one contest and gives each choice to `visit`. False when it is not in canonical form, or not allowed.
template <class Visit>
bool walk_contest(const Contest& contest, std::string_view& in, Visit&& visit) {
  std::uint32_t count = 0;
  if (!take_below(in, std::uint64_t{contest.max_choices} + 1, count) || count < contest.min_choices) {
    return false;
  }
  std::bitset<k_options_max> seen;  // ranked only: the others are ascending
  std::uint32_t next_min = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Choice choice;
    if (!take_below(in, contest.options.size(), choice.option)) {
      return false;
    }
    if (contest.method == Method::ranked) {
      if (seen.test(choice.option)) {
        return false;
      }
      seen.set(choice.option);
    } else if (choice.option < next_min) {
      return false;
    }
    next_min = choice.option + 1;
    if (contest.method == Method::score && !take_below(in, std::uint64_t{contest.max_score} + 1, choice.points)) {
      return false;
    }
    visit(choice);
  }
  return true;
}

}  // namespace

std::string encode_ballot(const Definition& definition, Choices choices) {
  check(choices.size() == definition.contests.size(), "one list of choices a contest");
  std::string canonical;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Method method = definition.contests[i].method;
    if (method != Method::ranked) {
      std::sort(choices[i].begin(), choices[i].end(),
                [](const Choice& a, const Choice& b) { return a.option < b.option; });
    }
    append_varint(canonical, choices[i].size());
    for (const Choice& choice : choices[i]) {
      append_varint(canonical, choice.option);
      if (method == Method::score) {
        append_varint(canonical, choice.points);
      }
    }
  }
  return canonical;
}

std::optional<Choices> decode_ballot(const Definition& definition, std::string_view canonical) {
  Choices choices;
  return decode_ballot_into(definition, canonical, choices) ? std::optional(std::move(choices)) : std::nullopt;
}

bool decode_ballot_into(const Definition& definition, std::string_view canonical, Choices& choices) {
  choices.resize(definition.contests.size());
  for (std::size_t i = 0; i < choices.size(); ++i) {
    std::vector<Choice>& of_contest = choices[i];
    of_contest.clear();
    if (!walk_contest(definition.contests[i], canonical,
                      [&](const Choice& choice) { of_contest.push_back(choice); })) {
      return false;
    }
  }
  return canonical.empty();
}

bool is_valid_ballot(const Definition& definition, std::string_view canonical) {
  for (const Contest& contest : definition.contests) {
    if (!walk_contest(contest, canonical, [](const Choice&) {})) {
      return false;
    }
  }
  return canonical.empty();
}

}  // namespace ostraka::election
