#include "sim/ballots.h"

#include <fmt/core.h>

#include <array>
#include <utility>
#include <vector>

namespace ostraka::sim {
namespace {

constexpr std::array<std::string_view, k_options> k_option_ids{"amber", "blue", "coral", "dun"};

}  // namespace

std::string definition_json(std::string_view election, bool several, std::string_view title,
                            std::optional<WallTime> closes_at) {
  std::string options;
  for (const std::string_view id : k_option_ids) {
    options += fmt::format("{}{{\"id\":\"{}\",\"title\":\"{}\"}}", options.empty() ? "" : ",", id, id);
  }
  const std::string end = closes_at ? fmt::format("\"closes_at\":\"{}\",", to_rfc3339(*closes_at)) : "";
  return fmt::format(
      "{{\"id\":\"{}\",\"title\":\"{}\",{}\"contests\":[{{\"id\":\"colour\",\"title\":\"Colour\",\"method\":\"{}\","
      "\"options\":[{}]}}]}}",
      election, title, end, several ? "approval" : "single", options);
}

std::string body_of(Ballot ballot, Rng& rng) {
  std::vector<std::string_view> chosen;
  for (std::uint32_t option = 0; option < k_options; ++option) {
    if ((ballot >> option & 1) != 0) {
      chosen.insert(chosen.begin() + static_cast<std::ptrdiff_t>(rng.below(chosen.size() + 1)), k_option_ids[option]);
    }
  }
  std::string list;
  for (const std::string_view id : chosen) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", id);
  }
  return fmt::format("{{\"ballot\":{{\"colour\":[{}]}}}}", list);
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

Ballot any_ballot(bool several, Rng& rng) {
  return several ? static_cast<Ballot>(1 + rng.below((1U << k_options) - 1)) : Ballot{1} << rng.below(k_options);
}

std::string canonical_of(Ballot ballot) {
  std::string options;
  for (std::uint32_t option = 0; option < k_options; ++option) {
    if ((ballot >> option & 1) != 0) {
      options.push_back(static_cast<char>(option));
    }
  }
  return static_cast<char>(options.size()) + options;
}

std::optional<Ballot> ballot_of(std::string_view canonical, bool several) {
  for (Ballot ballot = 1; ballot < 1U << k_options; ++ballot) {
    const bool one = (ballot & (ballot - 1)) == 0;
    if ((several || one) && canonical_of(ballot) == canonical) {
      return ballot;
    }
  }
  return std::nullopt;
}

}  // namespace ostraka::sim
