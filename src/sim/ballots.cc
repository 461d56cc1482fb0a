#include "sim/ballots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace ostraka::sim {
namespace {

constexpr std::array<std::string_view, k_options> k_option_ids{"amber", "blue", "coral", "dun"};
constexpr std::uint32_t k_bits = 4;  // of a ballot, for an option

std::uint32_t digit_of(Ballot ballot, std::uint32_t option) {
  return ballot >> (k_bits * option) & ((1U << k_bits) - 1);
}

std::string_view method_name(Method method) {
  constexpr std::array<std::string_view, 4> k_names{"single", "approval", "ranked", "score"};
  return k_names[static_cast<std::size_t>(method)];
}

// As the canonical form has them.
std::vector<std::uint32_t> options_of(Ballot ballot, Method method) {
  std::vector<std::uint32_t> options;
  for (std::uint32_t option = 0; option < k_options; ++option) {
    if (digit_of(ballot, option) != 0) {
      options.push_back(option);
    }
  }
  if (method == Method::ranked) {
    std::sort(options.begin(), options.end(),
              [&](auto a, auto b) { return digit_of(ballot, a) < digit_of(ballot, b); });
  }
  return options;
}

bool is_ballot(Ballot ballot, Method method) {
  const auto options = options_of(ballot, method);
  const std::uint32_t most = method == Method::score ? k_points_max + 1 : method == Method::ranked ? k_options : 1;
  std::uint32_t place = 0;
  for (const std::uint32_t option : options) {
    ++place;
    if (digit_of(ballot, option) > most || (method == Method::ranked && digit_of(ballot, option) != place)) {
      return false;
    }
  }
  return method == Method::single ? options.size() == 1 : !options.empty();
}

// All ballots there are of the method, by canonical form.
std::map<std::string, Ballot, std::less<>> all_ballots(Method method) {
  std::map<std::string, Ballot, std::less<>> all;
  for (Ballot ballot = 0; ballot < 1U << (k_bits * k_options); ++ballot) {
    if (is_ballot(ballot, method)) {
      all.emplace(canonical_of(ballot, method), ballot);
    }
  }
  return all;
}

const std::map<std::string, Ballot, std::less<>>& ballots_of(Method method) {
  static const std::array k_all{all_ballots(Method::single), all_ballots(Method::approval),
                                all_ballots(Method::ranked), all_ballots(Method::score)};
  return k_all[static_cast<std::size_t>(method)];
}

}  // namespace

std::string definition_json(std::string_view election, Method method, std::string_view title,
                            std::optional<WallTime> closes_at) {
  std::string options;
  for (const std::string_view id : k_option_ids) {
    options += fmt::format("{}{{\"id\":\"{}\",\"title\":\"{}\"}}", options.empty() ? "" : ",", id, id);
  }
  const std::string end = closes_at ? fmt::format("\"closes_at\":\"{}\",", to_rfc3339(*closes_at)) : "";
  const std::string points = method == Method::score ? fmt::format("\"max_score\":{},", k_points_max) : "";
  return fmt::format(
      "{{\"id\":\"{}\",\"title\":\"{}\",{}\"contests\":[{{\"id\":\"colour\",\"title\":\"Colour\",\"method\":\"{}\",{}"
      "\"options\":[{}]}}]}}",
      election, title, end, method_name(method), points, options);
}

std::string body_of(Ballot ballot, Method method, Rng& rng) {
  std::vector<std::string> chosen;
  for (const std::uint32_t option : options_of(ballot, method)) {
    const auto place = method == Method::ranked ? chosen.size() : rng.below(chosen.size() + 1);
    const std::string points = method == Method::score ? fmt::format(":{}", digit_of(ballot, option) - 1) : "";
    chosen.insert(chosen.begin() + static_cast<std::ptrdiff_t>(place),
                  fmt::format("\"{}\"{}", k_option_ids[option], points));
  }
  const std::string list = fmt::format("{}", fmt::join(chosen, ","));
  return method == Method::score ? fmt::format("{{\"ballot\":{{\"colour\":{{{}}}}}}}", list)
                                 : fmt::format("{{\"ballot\":{{\"colour\":[{}]}}}}", list);
}

std::string invalid_body(Rng& rng) {
  constexpr std::array<std::string_view, 3> k_bodies{R"({"ballot":{"colour":["red"]}})", R"({"ballot":{"colour":[]}})",
                                                     R"({"ballot":{"colour":["blue","blue"]}})"};
  return std::string(k_bodies[rng.below(k_bodies.size())]);
}

std::string malformed_body(Rng& rng) {
  constexpr std::array<std::string_view, 3> k_bodies{"", "{\"ballot\":", "not json"};
  return std::string(k_bodies[rng.below(k_bodies.size())]);
}

Ballot any_ballot(Method method, Rng& rng) {
  const auto& ballots = ballots_of(method);
  return std::next(ballots.begin(), static_cast<std::ptrdiff_t>(rng.below(ballots.size())))->second;
}

std::string canonical_of(Ballot ballot, Method method) {
  const auto options = options_of(ballot, method);
  std::string canonical(1, static_cast<char>(options.size()));
  for (const std::uint32_t option : options) {
    canonical.push_back(static_cast<char>(option));
    if (method == Method::score) {
      canonical.push_back(static_cast<char>(digit_of(ballot, option) - 1));
    }
  }
  return canonical;
}

std::optional<Ballot> ballot_of(std::string_view canonical, Method method) {
  const auto found = ballots_of(method).find(canonical);
  return found == ballots_of(method).end() ? std::nullopt : std::optional(found->second);
}

std::uint32_t votes_for(std::uint32_t option, Ballot ballot, Method method) {
  const std::uint32_t value = digit_of(ballot, option);
  switch (method) {
    case Method::ranked:
      return value == 1 ? 1 : 0;
    case Method::score:
      return value == 0 ? 0 : value - 1;
    default:
      return value;
  }
}

}  // namespace ostraka::sim
