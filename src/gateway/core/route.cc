#include "gateway/core/route.h"

#include <array>
#include <optional>

namespace ostraka::gateway {

namespace {

// What the methods of one path mean; unknown_path: the path does not know that method.
struct Methods {
  Route get = Route::unknown_path;
  Route post = Route::unknown_path;
  Route patch = Route::unknown_path;
};

struct NamedPath {
  std::string_view path;
  Methods methods;
};

constexpr std::array k_fixed_paths{
    NamedPath{"/v1/elections", {.get = Route::list_elections, .post = Route::create_election}},
    NamedPath{"/v1/sign-in", {.get = Route::list_issuers, .post = Route::exchange_code}},
    NamedPath{"/v1/development/sign-in", {.post = Route::development_sign_in}},
    NamedPath{"/healthz", {.get = Route::health}},
    NamedPath{"/readyz", {.get = Route::readiness}},
    NamedPath{"/openapi.yaml", {.get = Route::openapi}},
    NamedPath{"/", {.get = Route::index}},
    NamedPath{"/administration", {.get = Route::administration_page}},
    NamedPath{"/sign-in", {.get = Route::sign_in_page}},  // finishes nothing, and says so
};

// With one more segment behind: an election, an asset's name, or which issuer sends back to it.
constexpr std::array k_pages{
    NamedPath{"/vote/", {.get = Route::vote_page}},
    NamedPath{"/results/", {.get = Route::results_page}},
    NamedPath{"/embed/", {.get = Route::embedded_results_page}},
    NamedPath{"/sign-in/", {.get = Route::sign_in_page}},
    NamedPath{"/assets/", {.get = Route::asset}},
};

// Behind /v1/elections/{id}.
constexpr std::array k_election_paths{
    NamedPath{"/votes", {.post = Route::cast_vote}},
    NamedPath{"/ballot-tokens", {.post = Route::issue_ballot_token}},
    NamedPath{"/results", {.get = Route::get_results}},
    NamedPath{"/results/stream", {.get = Route::stream_results}},
    NamedPath{"", {.get = Route::get_election, .patch = Route::update_election}},
    NamedPath{"/open", {.post = Route::open_election}},
    NamedPath{"/close", {.post = Route::close_election}},
    NamedPath{"/certify", {.post = Route::certify_election}},
};

constexpr std::string_view k_elections_prefix = "/v1/elections/";

std::string_view methods_of(const Methods& methods) {
  if (methods.get != Route::unknown_path) {
    if (methods.post != Route::unknown_path) {
      return "GET, HEAD, POST";
    }
    return methods.patch != Route::unknown_path ? "GET, HEAD, PATCH" : "GET, HEAD";
  }
  return "POST";
}

RouteMatch match_method(const Methods& methods, std::string_view method, std::string_view election) {
  Route route = Route::unknown_path;
  if (method == "GET" || method == "HEAD") {
    route = methods.get;
  } else if (method == "POST") {
    route = methods.post;
  } else if (method == "PATCH") {
    route = methods.patch;
  }
  if (route == Route::unknown_path) {
    return {Route::wrong_method, election, methods_of(methods)};
  }
  return {route, election, {}};
}

template <std::size_t n>
const Methods* find(const std::array<NamedPath, n>& paths, std::string_view path) {
  for (const NamedPath& named : paths) {
    if (named.path == path) {
      return &named.methods;
    }
  }
  return nullptr;
}

}  // namespace

RouteMatch match_route(std::string_view method, std::string_view path) {
  if (path.starts_with(k_elections_prefix)) {
    std::string_view rest = path.substr(k_elections_prefix.size());
    const std::size_t slash = rest.find('/');
    const std::string_view election = rest.substr(0, slash);
    const std::string_view behind = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
    const Methods* methods = election.empty() ? nullptr : find(k_election_paths, behind);
    return methods == nullptr ? RouteMatch{} : match_method(*methods, method, election);
  }
  for (const NamedPath& page : k_pages) {
    const std::string_view rest = path.starts_with(page.path) ? path.substr(page.path.size()) : std::string_view{};
    if (!rest.empty() && rest.find('/') == std::string_view::npos) {
      return match_method(page.methods, method, rest);
    }
  }
  const Methods* methods = find(k_fixed_paths, path);
  return methods == nullptr ? RouteMatch{} : match_method(*methods, method, {});
}

std::string_view route_name(Route route) {
  static constexpr std::array<std::string_view, k_routes> k_names{
      "list_elections",     "create_election", "get_election", "update_election", "open_election",
      "close_election",     "certify_election", "issue_ballot_token", "cast_vote", "get_results",
      "stream_results",     "list_issuers",    "exchange_code", "development_sign_in", "health",
      "readiness",          "openapi",         "index",        "vote_page",       "results_page",
      "embedded_results_page", "administration_page", "sign_in_page", "asset", "unknown_path",    "wrong_method"};
  return k_names[static_cast<std::size_t>(route)];
}

}  // namespace ostraka::gateway
