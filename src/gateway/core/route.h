// Which route a request means. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace ostraka::gateway {

enum class Route : std::uint8_t {
  list_elections,
  create_election,
  get_election,
  update_election,
  open_election,
  close_election,
  certify_election,
  issue_ballot_token,
  cast_vote,
  get_results,
  stream_results,
  list_issuers,
  exchange_code,
  development_sign_in,
  health,
  readiness,
  openapi,
  index,
  vote_page,
  results_page,
  embedded_results_page,
  administration_page,
  sign_in_page,
  asset,
  unknown_path,
  wrong_method,
};
inline constexpr std::size_t k_routes = static_cast<std::size_t>(Route::wrong_method) + 1;

// A name for metrics.
std::string_view route_name(Route route);

struct RouteMatch {
  Route route = Route::unknown_path;
  std::string_view election;  // into the path; an identifier, where the route names an election; asset: its name
  std::string_view allow;     // wrong_method: the methods that this path knows
};

// HEAD is matched as GET. An election that is no identifier is an unknown election, not an unknown path: it is handed on.
RouteMatch match_route(std::string_view method, std::string_view path);

}  // namespace ostraka::gateway
