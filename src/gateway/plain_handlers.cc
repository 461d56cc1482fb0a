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

Context::Found Context::current_election(std::string_view id) const {
  if (!is_identifier(id)) {
    return nullptr;
  }
  const auto catalogue = elections.caught_up();
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  return (*catalogue)->find(id);
}

void Context::when_current(std::string_view id, UniqueFunction<void(Found)> then) const {
  if (!is_identifier(id)) {
    return then(nullptr);
  }
  ++waiting;
  elections.when_caught_up([this, id, then = std::move(then)](const auto& catalogue) mutable {
    then(catalogue ? Found((*catalogue)->find(id)) : tl::make_unexpected(catalogue.error()));
    --waiting;
  });
}

void Context::when_known(std::string_view id, unsigned worker, UniqueFunction<void(Found)> then) {
  if (auto entry = elections.now()->find(id)) {
    return then(std::move(entry));
  }
  when_current(id, [this, worker, then = std::move(then)](Found found) mutable {
    ++waiting;
    backends.post(worker, [this, found = std::move(found), then = std::move(then)]() mutable {
      then(std::move(found));
      --waiting;
    });
  });
}

http::Response no_election(const Context::Found& found) {
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
