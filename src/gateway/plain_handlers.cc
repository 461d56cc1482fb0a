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

}  // namespace ostraka::gateway
