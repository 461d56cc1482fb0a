#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "election/strict_json.h"
#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

constexpr std::size_t k_sign_in_body_bytes_max = 16 * 1024;

http::Response response_to(const v1::IssueReply& reply) {
  switch (reply.outcome()) {
    case v1::ISSUE_OUTCOME_ISSUED:
      return json_response(201, fmt::format(R"({{"ballot_token":"{}","expires_at":"{}"}})", reply.ballot_token(),
                                            to_rfc3339(wall_time(reply.expires_at_ms()))));
    case v1::ISSUE_OUTCOME_INVALID_SIGN_IN:
      return unauthorized("invalid-sign-in", "Invalid sign-in", reply.detail());
    case v1::ISSUE_OUTCOME_NOT_ELIGIBLE:
      return http::problem(403, "not-eligible", "Not eligible", reply.detail());
    case v1::ISSUE_OUTCOME_UNKNOWN_ELECTION:
      return unknown_election();
    case v1::ISSUE_OUTCOME_CERTIFIED:
      return http::problem(409, "wrong-state", "Wrong state", "The election is certified; no more ballot tokens.");
    default:
      return unavailable("No ballot token could be issued now. Send the same request again.");
  }
}

}  // namespace

void issue_ballot_token(Context& context, const http::Request& request, std::string_view election, Reply reply) {
  if (const auto found = context.known_election(election); !found || *found == nullptr) {
    return std::move(reply).send(no_election(found));
  }
  const std::string_view id_token = bearer_token(request.header("authorization"));
  if (id_token.empty()) {
    return std::move(reply).send(
        unauthorized("invalid-sign-in", "Invalid sign-in", "An ID token is needed: Authorization: Bearer …"));
  }
  v1::IssueRequest issue;
  issue.set_election(std::string(election));
  issue.set_id_token(std::string(id_token));
  auto shared = std::make_shared<Reply>(std::move(reply));
  const bool accepted =
      context.backends.worker(request.worker)
          .issue->submit(std::move(issue), context.deadline(), [shared](v1::IssueReply* answer) {
            std::move(*shared).send(answer != nullptr ? response_to(*answer)
                                                      : unavailable("Identity did not answer in time. Try again."));
          });
  if (!accepted) {
    std::move(*shared).send(unavailable("Too many sign-ins are on their way. Try again."));
  }
}

void development_sign_in(Context& context, const http::Request& request, Reply reply) {
  if (context.readiness.issuers() == nullptr) {
    return std::move(reply).send(unavailable("Identity has not been reached yet."));
  }
  if (!context.readiness.has_development_issuer()) {
    return std::move(reply).send(not_found());
  }
  if (!is_json_media_type(request.header("content-type"))) {
    return std::move(reply).send(unsupported_media_type());
  }
  const election::StrictJson json = election::parse_strict_json(request.body, k_sign_in_body_bytes_max);
  if (!json.value) {
    return std::move(reply).send(malformed_request(json.problem));
  }
  const bool has_name = json.value->is_object() && json.value->size() == 1 && json.value->contains("name") &&
                        (*json.value)["name"].is_string();
  constexpr std::string_view k_wanted = "Send {\"name\": \"…\"}, 1 to 128 bytes without control characters.";
  if (!has_name) {
    return std::move(reply).send(http::problem(422, "invalid-request", "Invalid request", k_wanted));
  }
  auto shared = std::make_shared<Reply>(std::move(reply));
  const bool accepted =
      context.backends.worker(request.worker)
          .development_sign_in->submit(
              (*json.value)["name"].get<std::string>(), context.deadline(), [shared, k_wanted](std::string* id_token) {
                if (id_token == nullptr) {
                  return std::move(*shared).send(unavailable("Identity did not answer in time. Try again."));
                }
                std::move(*shared).send(id_token->empty()
                                            ? http::problem(422, "invalid-request", "Invalid request", k_wanted)
                                            : json_response(200, fmt::format(R"({{"id_token":"{}"}})", *id_token)));
              });
  if (!accepted) {
    std::move(*shared).send(unavailable("Too many sign-ins are on their way. Try again."));
  }
}

void list_issuers(Context& context, Reply reply) {
  const auto issuers = context.readiness.issuers();
  if (issuers == nullptr) {
    return std::move(reply).send(unavailable("Identity has not been reached yet."));
  }
  nlohmann::ordered_json listed = nlohmann::ordered_json::array();
  for (const Issuer& issuer : *issuers) {
    listed.push_back({{"issuer", issuer.issuer}, {"client_id", issuer.client_id}, {"kind", issuer.kind}});
  }
  std::move(reply).send(json_response(200, listed.dump()));
}

void exchange_code(const http::Request& request, Reply reply) {
  if (!is_json_media_type(request.header("content-type"))) {
    return std::move(reply).send(unsupported_media_type());
  }
  std::move(reply).send(http::problem(404, "not-configured", "Not configured",
                                      "No OpenID Connect provider is configured for signing in by code."));
}

}  // namespace ostraka::gateway
