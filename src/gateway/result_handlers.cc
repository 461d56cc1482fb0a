#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

bool is_hidden(const election::Entry& entry) {
  return entry.definition.results == election::ResultsPolicy::after_close && entry.state == election::State::open;
}

http::Response results_hidden() {
  return http::problem(403, "results-hidden", "Results hidden", "The result is shown when the election has closed.");
}

http::Response not_counted_yet() { return unavailable("The tally has not been heard yet."); }

void send_results(Context& context, const http::Request& request, const Context::Found& found, Reply reply) {
  if (!found || *found == nullptr) {
    return std::move(reply).send(no_election(found));
  }
  const std::shared_ptr<const election::Entry>& entry = *found;
  if (is_hidden(*entry)) {
    return std::move(reply).send(results_hidden());
  }
  const std::shared_ptr<const ResultDocument> document = context.results.document(entry);
  if (document == nullptr) {
    return std::move(reply).send(not_counted_yet());
  }
  http::Response response;
  if (matches_etag(request.header("if-none-match"), document->etag)) {
    response.status = 304;
  } else {
    response.content_type = "application/json";
    response.shared_body = std::shared_ptr<const std::string>(document, &document->json);
  }
  response.headers.emplace_back("ETag", document->etag);
  response.headers.emplace_back("Cache-Control", "public, max-age=1");
  std::move(reply).send(std::move(response));
}

void begin_stream(Context& context, const Context::Found& found, Reply reply) {
  if (!found || *found == nullptr) {
    return std::move(reply).send(no_election(found));
  }
  const std::shared_ptr<const election::Entry>& entry = *found;
  if (is_hidden(*entry)) {
    return std::move(reply).send(results_hidden());
  }
  if (context.results.document(entry) == nullptr) {
    return std::move(reply).send(not_counted_yet());
  }
  if (context.events.watchers() >= context.options.event_streams_max) {
    return std::move(reply).send(unavailable("Too many watch already. Ask for the results instead."));
  }
  http::Response head;
  head.content_type = "text/event-stream";
  head.headers.emplace_back("Cache-Control", "no-cache, no-transform");
  head.headers.emplace_back("X-Accel-Buffering", "no");
  head.body = "retry: 2000\n\n";
  context.events.watch(entry->definition.id, std::move(reply).start_stream(std::move(head)));
}

}  // namespace

void get_results(Context& context, const http::Request& request, std::string_view election, Reply reply) {
  context.when_current(election, [&context, request, reply = std::move(reply)](const Context::Found& found) mutable {
    send_results(context, request, found, std::move(reply));
  });
}

void stream_results(Context& context, std::string_view election, Reply reply) {
  context.when_current(election, [&context, reply = std::move(reply)](const Context::Found& found) mutable {
    begin_stream(context, found, std::move(reply));
  });
}

std::shared_ptr<const ResultDocument> visible_document(const service::ElectionsFollower& elections, ResultsFeed& results,
                                                       const std::string& election) {
  const std::shared_ptr<const election::Entry> entry = elections.now()->find(election);
  return entry == nullptr || is_hidden(*entry) ? nullptr : results.document(entry);
}

}  // namespace ostraka::gateway
