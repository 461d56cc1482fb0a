// Random elections and ballots for the tests of every module that counts: all methods, small numbers, every limit hit
// often. Tests only.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <string>

#include "election/ballot.h"
#include "election/definition.h"

namespace ostraka::election::testing {

using Engine = std::mt19937_64;

inline std::uint32_t draw(Engine& engine, std::uint32_t min, std::uint32_t max) {
  return std::uniform_int_distribution<std::uint32_t>(min, max)(engine);
}

inline Contest random_contest(Engine& engine, Method method, std::size_t number) {
  Contest contest;
  contest.id = fmt::format("contest-{}", number);
  contest.title = fmt::format("Contest {}", number);
  contest.method = method;
  const std::uint32_t options = draw(engine, 1, 7);
  for (std::uint32_t i = 0; i < options; ++i) {
    contest.options.push_back({fmt::format("o{}", i), fmt::format("Option \"{}\" ü", i), "", draw(engine, 0, 5) == 0});
  }
  contest.max_choices = method == Method::single ? 1 : draw(engine, 1, options);
  contest.min_choices = draw(engine, 0, contest.max_choices);
  contest.max_score = method == Method::score ? draw(engine, 1, 300) : 0;
  return contest;
}

inline Definition random_definition(Engine& engine) {
  Definition definition;
  definition.id = fmt::format("election-{}", draw(engine, 0, 999));
  definition.title = "A random election";
  const std::uint32_t contests = draw(engine, 1, 4);
  for (std::uint32_t i = 0; i < contests; ++i) {
    definition.contests.push_back(random_contest(engine, static_cast<Method>(draw(engine, 0, 3)), i));
  }
  if (draw(engine, 0, 1) == 1) {
    definition.opens_at = wall_time(draw(engine, 1, 2'000'000'000));
    definition.closes_at = *definition.opens_at + Milliseconds(draw(engine, 1, 1'000'000));
  }
  definition.results = draw(engine, 0, 1) == 1 ? ResultsPolicy::live : ResultsPolicy::after_close;
  definition.eligibility.require_mfa = draw(engine, 0, 1) == 1;
  return definition;
}

// A ballot that the definition allows; only ranked contests are in another than ascending order.
inline Choices random_choices(Engine& engine, const Definition& definition) {
  Choices choices;
  for (const Contest& contest : definition.contests) {
    std::vector<Choice>& chosen = choices.emplace_back();
    for (std::uint32_t option = 0; option < contest.options.size(); ++option) {
      chosen.push_back({option, contest.method == Method::score ? draw(engine, 0, contest.max_score) : 1});
    }
    std::shuffle(chosen.begin(), chosen.end(), engine);
    chosen.resize(draw(engine, contest.min_choices, contest.max_choices));
    if (contest.method != Method::ranked) {
      std::sort(chosen.begin(), chosen.end(), [](const Choice& a, const Choice& b) { return a.option < b.option; });
    }
  }
  return choices;
}

// The request body that says this.
inline std::string body_of(const Definition& definition, const Choices& choices) {
  std::string members;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Contest& contest = definition.contests[i];
    std::string entries;
    for (const Choice& choice : choices[i]) {
      entries += fmt::format("{}\"{}\"", entries.empty() ? "" : ",", contest.options[choice.option].id);
      if (contest.method == Method::score) {
        entries += fmt::format(":{}", choice.points);
      }
    }
    const bool scored = contest.method == Method::score;
    members +=
        fmt::format("{}\"{}\":{}{}{}", i == 0 ? "" : ",", contest.id, scored ? "{" : "[", entries, scored ? "}" : "]");
  }
  return "{\"ballot\":{" + members + "}}";
}

}  // namespace ostraka::election::testing
