#include "gateway/handlers.h"
#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

http::Response plain_text(unsigned status, std::string text) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

constexpr std::string_view k_index = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Ostraka</title></head>
<body>
<h1>Ostraka</h1>
<p>Realtime voting. This is the gateway's HTTP interface.</p>
<ul>
<li><a href="/v1/elections">Elections</a></li>
<li><a href="/openapi.yaml">The interface, as OpenAPI 3.1</a></li>
<li><a href="/readyz">Whether votes can be cast now</a></li>
</ul>
DEVELOPMENT</body>
</html>
)";

}  // namespace

Result<std::shared_ptr<const election::Entry>> Context::known_election(std::string_view id) const {
  if (auto entry = elections.now()->find(id)) {
    return entry;
  }
  return current_election(id);
}

Result<std::shared_ptr<const election::Entry>> Context::current_election(std::string_view id) const {
  if (!is_identifier(id)) {
    return nullptr;
  }
  const auto catalogue = elections.caught_up();
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  return (*catalogue)->find(id);
}

http::Response no_election(const Result<std::shared_ptr<const election::Entry>>& found) {
  return found ? unknown_election() : unavailable("The elections cannot be read now. Send the same request again.");
}

void health(Reply reply) { std::move(reply).send(plain_text(200, "ok\n")); }

void readiness(Context& context, Reply reply) {
  const std::string reason = context.readiness.why_not_ready();
  std::move(reply).send(reason.empty() ? plain_text(200, "ready\n") : plain_text(503, reason + "\n"));
}

void openapi(Context& context, Reply reply) {
  http::Response response;
  response.content_type = "application/yaml";
  response.body = context.openapi;
  std::move(reply).send(std::move(response));
}

void index(Context& context, Reply reply) {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = k_index;
  constexpr std::string_view k_place = "DEVELOPMENT";
  response.body.replace(response.body.find(k_place), k_place.size(),
                        context.readiness.has_development_issuer()
                            ? "<p><strong>The development sign-in is on: anyone may vote under any name.</strong></p>\n"
                            : "");
  std::move(reply).send(std::move(response));
}

}  // namespace ostraka::gateway
