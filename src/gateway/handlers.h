// What the handlers of all routes share, and the handlers themselves. They run on a worker's thread and never block: a
// handler that asks another service takes the reply along, and sends it from whatever thread the answer comes on.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_function.h"
#include "election/catalogue.h"
#include "gateway/backends.h"
#include "gateway/core/site.h"
#include "gateway/event_hub.h"
#include "gateway/readiness.h"
#include "gateway/reply.h"
#include "gateway/results_feed.h"
#include "net/http/server.h"
#include "service/elections_follower.h"

namespace ostraka::gateway {

struct HandlerOptions {
  // How long a vote, a token or a sign-in is sent again while its service is away; then 503.
  std::chrono::milliseconds answer_deadline{5'000};
  // Half of the connections the server takes by default: watchers must not lock voters out.
  std::size_t event_streams_max = 5'000;
  // Who may show /embed/{id} in a frame: sources as in a Content-Security-Policy.
  std::string embed_ancestors = "*";
};

// Everything outlives the handlers.
struct Context {
  HandlerOptions options;
  service::ElectionsFollower& elections;
  Backends& backends;
  ResultsFeed& results;
  EventHub& events;
  ReadinessWatch& readiness;
  std::string openapi;  // the document
  Site site;            // the web pages
  // Calls by themselves (administration, codes to be exchanged) that have not been answered yet: the context must outlive
  // them.
  std::atomic<int> calls{0};
  // Requests that wait for the elections to be read: the context must outlive these, too.
  mutable std::atomic<int> waiting{0};

  std::chrono::steady_clock::time_point deadline() const {
    return std::chrono::steady_clock::now() + options.answer_deadline;
  }
  // Null when there is no such election. Errors: the stream cannot be read, which is not to say that there is none.
  using Found = Result<std::shared_ptr<const election::Entry>>;
  // With everything that was ever answered to anyone. Waits for the log: not on a worker's thread.
  Found current_election(std::string_view id) const;
  // The same for workers: `then` runs at once or on another thread. REQUIRES: `id` lives until then.
  void when_current(std::string_view id, UniqueFunction<void(Found)> then) const;
  // As last read, and read anew only when it is unknown: for what the ballot box or identity decide anyway. `then` runs
  // at once, or later on the request's worker. REQUIRES: `id` lives until then.
  void when_known(std::string_view id, unsigned worker, UniqueFunction<void(Found)> then);
};

// 404 or 503, when an election was not found.
http::Response no_election(const Context::Found& found);

// sign_in_handlers.cc
void issue_ballot_token(Context& context, const http::Request& request, std::string_view election, Reply reply);
void development_sign_in(Context& context, const http::Request& request, Reply reply);
void list_issuers(Context& context, Reply reply);
void exchange_code(Context& context, const http::Request& request, Reply reply);
// vote_handlers.cc
void cast_vote(Context& context, const http::Request& request, std::string_view election, Reply reply);
// administration_handlers.cc
void list_elections(Context& context, Reply reply);
void get_election(Context& context, std::string_view election, Reply reply);
void create_election(Context& context, const http::Request& request, Reply reply);
void update_election(Context& context, const http::Request& request, std::string_view election, Reply reply);
void act_on_election(Context& context, Route act, const http::Request& request, std::string_view election, Reply reply);
// result_handlers.cc
void get_results(Context& context, const http::Request& request, std::string_view election, Reply reply);
void stream_results(Context& context, std::string_view election, Reply reply);
// Null when nobody may see it now.
std::shared_ptr<const ResultDocument> visible_document(const service::ElectionsFollower& elections, ResultsFeed& results,
                                                       const std::string& election);
// plain_handlers.cc
void health(Reply reply);
void readiness(Context& context, Reply reply);
void openapi(Context& context, Reply reply);
// page_handlers.cc: the web pages. Without any, `index` is a plain list of addresses and there are no others.
void index(Context& context, const http::Request& request, Reply reply);
void page(Context& context, Route page, const http::Request& request, Reply reply);
void asset(Context& context, std::string_view name, const http::Request& request, Reply reply);

}  // namespace ostraka::gateway
