#include "gateway/core/ballot_box_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>

namespace ostraka::gateway {
namespace {

constexpr std::size_t k_named_partitions_max = 8;

// What speaks for a ballot box that serves the partition, most important first.
struct Claim {
  bool answers = false;
  bool has_it_in_its_share = false;
  bool has_it_now = false;
  auto operator<=>(const Claim&) const = default;
};

std::optional<Claim> claim_of(const std::optional<BallotBoxState>& state, Partition partition, bool has_it_now) {
  if (!state) {
    return std::nullopt;
  }
  const auto held = state->held.find(partition);
  if (held == state->held.end() || !held->second.serves) {
    return std::nullopt;
  }
  return Claim{state->answers, held->second.in_share, has_it_now};
}

std::uint32_t best_of(const BallotBoxStates& states, Partition partition, std::uint32_t now) {
  std::uint32_t best = BallotBoxRoutes::k_nobody;
  std::optional<Claim> best_claim;
  for (std::uint32_t box = 0; box < states.size(); ++box) {
    const std::optional<Claim> claim = claim_of(states[box], partition, box == now);
    if (claim > best_claim) {  // no claim is less than any
      best = box;
      best_claim = claim;
    }
  }
  return best;
}

}  // namespace

BallotBoxRoutes routes_of(const BallotBoxStates& states, std::uint32_t partitions, const BallotBoxRoutes& before) {
  BallotBoxRoutes routes;
  for (std::uint32_t i = 0; i < partitions; ++i) {
    const std::uint32_t now = i < before.box_of.size() ? before.box_of[i] : BallotBoxRoutes::k_nobody;
    routes.box_of.push_back(best_of(states, Partition{i}, now));
  }
  for (std::uint32_t box = 0; box < states.size(); ++box) {
    const bool is_slow = states[box] && !states[box]->answers;
    const bool is_chosen = std::find(routes.box_of.begin(), routes.box_of.end(), box) != routes.box_of.end();
    // One that is slow keeps what it has while nobody else has it: it may be the only one, and very busy.
    routes.is_lost.push_back(!states[box] || (is_slow && !is_chosen));
  }
  return routes;
}

std::string what_nobody_serves(const BallotBoxRoutes& routes) {
  std::string named;
  std::size_t count = 0;
  for (std::size_t i = 0; i < routes.box_of.size(); ++i) {
    if (routes.box_of[i] == BallotBoxRoutes::k_nobody && ++count <= k_named_partitions_max) {
      named += fmt::format("{}{}", named.empty() ? "" : ", ", i);
    }
  }
  if (count == 0) {
    return "";
  }
  return fmt::format("no ballot box serves partition {}{}", named, count > k_named_partitions_max ? ", …" : "");
}

std::optional<std::uint32_t> who_cannot_write(const BallotBoxRoutes& routes, const BallotBoxStates& states) {
  for (std::uint32_t i = 0; i < routes.box_of.size(); ++i) {
    const std::uint32_t box = routes.box_of[i];
    if (box == BallotBoxRoutes::k_nobody || !states[box]) {
      continue;
    }
    const auto held = states[box]->held.find(Partition{i});
    if (held != states[box]->held.end() && !held->second.ready) {
      return box;
    }
  }
  return std::nullopt;
}

}  // namespace ostraka::gateway
