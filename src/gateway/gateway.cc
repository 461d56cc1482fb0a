#include "gateway/gateway.h"

#include <string>
#include <utility>

#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

http::Response too_many_requests(std::chrono::nanoseconds retry_after) {
  http::Response response =
      http::problem(429, "too-many-requests", "Too many requests", "This address has asked too often. Try again later.");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, seconds)));
  return response;
}

http::Response wrong_method(std::string_view allow) {
  http::Response response =
      http::problem(405, "method-not-allowed", "Method not allowed", "This path knows other methods; see Allow.");
  response.headers.emplace_back("Allow", std::string(allow));
  return response;
}

template <class Client>
void add_stream_metrics(service::Metrics& metrics, const char* stream, unsigned worker, const Client& client) {
  const service::Labels labels{{"stream", stream}, {"worker", std::to_string(worker)}};
  const auto counter = [&](const char* name, const char* help, auto read) {
    metrics.counter_of(name, help, [&client, read] { return static_cast<double>(read(client.counters())); }, labels);
  };
  counter("ostraka_gateway_stream_batches_total", "Batches sent to a service.", [](const auto& c) { return c.batches; });
  counter("ostraka_gateway_stream_requests_total", "Requests sent in batches.", [](const auto& c) { return c.requests; });
  counter("ostraka_gateway_streams_opened_total", "Attempts to open a stream: it broke, or its service was not there.",
          [](const auto& c) { return c.streams_opened; });
  counter("ostraka_gateway_stream_expired_total", "Requests that got no answer within their deadline.",
          [](const auto& c) { return c.expired; });
  metrics.gauge_of("ostraka_gateway_stream_pending", "Requests queued or unanswered.",
                   [&client] { return static_cast<double>(client.counters().pending); }, labels);
}

}  // namespace

Gateway::Gateway(Context& context, http::RateLimiter& limiter, const Clock& clock, RouteMetrics& metrics)
    : context_(context), limiter_(limiter), clock_(clock), metrics_(metrics) {}

bool Gateway::admit(const http::Request& request, Route route, Reply& reply) {
  // Whoever balances load asks these all the time, and must hear the truth.
  if (route == Route::health || route == Route::readiness) {
    return true;
  }
  const std::optional<http::Address> address = http::parse_address(request.peer);
  if (!address) {
    return true;
  }
  const http::RateDecision decision = limiter_.take(*address, clock_.monotonic_now());
  if (!decision.is_allowed) {
    std::move(reply).send(too_many_requests(decision.retry_after));
  }
  return decision.is_allowed;
}

bool Gateway::may_shake_hands(const http::Address& peer) {
  return limiter_.take(peer, clock_.monotonic_now()).is_allowed;
}

void Gateway::handle(const http::Request& request, http::Responder responder) {
  const RouteMatch match = match_route(request.method, request.path);
  Reply reply(std::move(responder), metrics_, match.route);
  if (!admit(request, match.route, reply)) {
    return;
  }
  switch (match.route) {
    case Route::cast_vote:
      return cast_vote(context_, request, match.election, std::move(reply));
    case Route::issue_ballot_token:
      return issue_ballot_token(context_, request, match.election, std::move(reply));
    case Route::get_results:
      return get_results(context_, request, match.election, std::move(reply));
    case Route::stream_results:
      return stream_results(context_, match.election, std::move(reply));
    case Route::development_sign_in:
      return development_sign_in(context_, request, std::move(reply));
    case Route::list_issuers:
      return list_issuers(context_, std::move(reply));
    case Route::exchange_code:
      return exchange_code(context_, request, std::move(reply));
    case Route::list_elections:
      return list_elections(context_, std::move(reply));
    case Route::get_election:
      return get_election(context_, match.election, std::move(reply));
    case Route::create_election:
      return create_election(context_, request, std::move(reply));
    case Route::update_election:
      return update_election(context_, request, match.election, std::move(reply));
    case Route::open_election:
    case Route::close_election:
    case Route::certify_election:
      return act_on_election(context_, match.route, request, match.election, std::move(reply));
    case Route::health:
      return health(std::move(reply));
    case Route::readiness:
      return readiness(context_, std::move(reply));
    case Route::openapi:
      return openapi(context_, std::move(reply));
    case Route::index:
      return index(context_, request, std::move(reply));
    case Route::vote_page:
    case Route::results_page:
    case Route::embedded_results_page:
    case Route::administration_page:
    case Route::sign_in_page:
      return page(context_, match.route, request, std::move(reply));
    case Route::asset:
      return asset(context_, match.election, request, std::move(reply));
    case Route::unknown_path:
      return std::move(reply).send(not_found());
    case Route::wrong_method:
      return std::move(reply).send(wrong_method(match.allow));
  }
}

void add_gateway_metrics(service::Metrics& metrics, const Context& context, const http::Server& server) {
  for (unsigned i = 0; i < context.backends.workers().size(); ++i) {
    const Backends::Worker& worker = context.backends.workers()[i];
    add_stream_metrics(metrics, "cast", i, *worker.cast);
    add_stream_metrics(metrics, "issue", i, *worker.issue);
    add_stream_metrics(metrics, "development_sign_in", i, *worker.development_sign_in);
  }
  const auto counter = [&](const char* name, const char* help, auto read) {
    metrics.counter_of(name, help, [&server, read] { return static_cast<double>(read(server.counters())); });
  };
  counter("ostraka_gateway_connections_accepted_total", "Connections accepted.",
          [](const http::ServerCounters& c) { return c.connections_accepted; });
  counter("ostraka_gateway_connections_refused_total", "Connections over the limit, closed at once.",
          [](const http::ServerCounters& c) { return c.connections_refused; });
  counter("ostraka_gateway_requests_malformed_total", "Requests refused before they had a route.",
          [](const http::ServerCounters& c) { return c.requests_malformed; });
  counter("ostraka_gateway_deadlines_missed_total", "Connections closed for being too slow.",
          [](const http::ServerCounters& c) { return c.deadlines_missed; });
  metrics.gauge_of("ostraka_gateway_connections_open", "Connections open.",
                   [&server] { return static_cast<double>(server.counters().connections_open); });
  metrics.gauge_of("ostraka_gateway_event_streams", "Watchers of live results.",
                   [&context] { return static_cast<double>(context.events.watchers()); });
  metrics.counter_of("ostraka_gateway_documents_sent_total", "Result documents sent to watchers.",
                     [&context] { return static_cast<double>(context.events.counters().documents_sent); });
  metrics.counter_of("ostraka_gateway_documents_skipped_total", "Result documents that a slow watcher was spared.",
                     [&context] { return static_cast<double>(context.events.counters().documents_skipped); });
  metrics.gauge_of("ostraka_gateway_tally_connected", "Tallies that are followed now.",
                   [&context] { return static_cast<double>(context.results.connected()); });
  metrics.counter_of("ostraka_gateway_votes_sent_again_total",
                     "Votes that went to another ballot box, or again, because one did not take them or was lost.",
                     [&context] {
                       double sum = 0;
                       for (const Backends::Worker& worker : context.backends.workers()) {
                         sum += static_cast<double>(worker.cast->sent_again());
                       }
                       return sum;
                     });
}

}  // namespace ostraka::gateway
