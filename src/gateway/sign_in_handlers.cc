#include <fmt/core.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "election/strict_json.h"
#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

constexpr std::size_t k_sign_in_body_bytes_max = 16 * 1024;
// Longer than identity waits for a provider's configuration and answer, and shorter than draining.
constexpr std::chrono::seconds k_code_exchange_deadline{7};
constexpr int k_calls_max = 1'024;  // beyond, 503 at once

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

// One code on its way to a provider and back.
struct SignInCall {
  explicit SignInCall(Reply to) : reply(std::move(to)) {}
  grpc::ClientContext context;
  v1::SignInRequest request;
  v1::SignInReply answer;
  Reply reply;
};

// False when a member is missing or is no text. What is in the texts identity looks at.
bool read_sign_in(const nlohmann::json& body, v1::SignInRequest& request) {
  if (!body.is_object()) {
    return false;
  }
  const auto read = [&body](const char* name, std::string* to) {
    const auto found = body.find(name);
    if (found == body.end() || !found->is_string()) {
      return false;
    }
    *to = found->get<std::string>();
    return true;
  };
  return read("issuer", request.mutable_issuer()) && read("code", request.mutable_code()) &&
         read("code_verifier", request.mutable_code_verifier()) &&
         read("redirect_uri", request.mutable_redirect_uri()) && read("nonce", request.mutable_nonce());
}

http::Response invalid_sign_in_request() {
  return http::problem(422, "invalid-request", "Invalid request",
                       "Send issuer, code, code_verifier, redirect_uri and nonce, each as the interface describes it.");
}

http::Response response_to(const grpc::Status& status, const v1::SignInReply& reply) {
  switch (status.ok() ? reply.outcome() : v1::SIGN_IN_OUTCOME_UNAVAILABLE) {
    case v1::SIGN_IN_OUTCOME_SIGNED_IN:
      return json_response(200, fmt::format(R"({{"id_token":"{}","expires_at":"{}"}})", reply.id_token(),
                                            to_rfc3339(wall_time(reply.expires_at_ms()))));
    case v1::SIGN_IN_OUTCOME_MALFORMED:
      return invalid_sign_in_request();
    case v1::SIGN_IN_OUTCOME_INVALID:
      return unauthorized("invalid-sign-in", "Invalid sign-in", "The provider did not confirm it. Sign in again.");
    case v1::SIGN_IN_OUTCOME_NOT_CONFIGURED:
      return http::problem(404, "not-configured", "Not configured", "Codes of this issuer are not exchanged here.");
    default:
      return unavailable("The provider cannot be asked now. Sign in again in a moment.");
  }
}

nlohmann::ordered_json listed_issuer(const Issuer& issuer) {
  nlohmann::ordered_json listed = {{"issuer", issuer.issuer}, {"client_id", issuer.client_id}, {"kind", issuer.kind}};
  if (!issuer.title.empty()) {
    listed["title"] = issuer.title;
  }
  if (!issuer.redirect_path.empty()) {
    listed["redirect_path"] = issuer.redirect_path;  // also before it is reached: it has to be registered there
  }
  if (issuer.authorization_endpoint.empty()) {
    return listed;
  }
  listed["authorization_endpoint"] = issuer.authorization_endpoint;
  listed["scope"] = issuer.scope;
  if (issuer.max_age_seconds) {
    listed["max_age"] = *issuer.max_age_seconds;
  }
  if (!issuer.mfa_acr_values.empty()) {
    listed["mfa_acr_values"] = issuer.mfa_acr_values;
  }
  if (issuer.iss_in_response) {
    listed["iss_in_response"] = true;
  }
  return listed;
}

}  // namespace

namespace {

void issue_known(Context& context, const http::Request& request, std::string_view election, Reply reply) {
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

}  // namespace

void issue_ballot_token(Context& context, const http::Request& request, std::string_view election, Reply reply) {
  context.when_known(election, request.worker,
                     [&context, request, election, reply = std::move(reply)](const Context::Found& found) mutable {
                       if (!found || *found == nullptr) {
                         return std::move(reply).send(no_election(found));
                       }
                       issue_known(context, request, election, std::move(reply));
                     });
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
    listed.push_back(listed_issuer(issuer));
  }
  std::move(reply).send(json_response(200, listed.dump()));
}

void exchange_code(Context& context, const http::Request& request, Reply reply) {
  if (!is_json_media_type(request.header("content-type"))) {
    return std::move(reply).send(unsupported_media_type());
  }
  const election::StrictJson json = election::parse_strict_json(request.body, k_sign_in_body_bytes_max);
  if (!json.value) {
    return std::move(reply).send(malformed_request(json.problem));
  }
  auto call = std::make_shared<SignInCall>(std::move(reply));
  if (!read_sign_in(*json.value, call->request)) {
    return std::move(call->reply).send(invalid_sign_in_request());
  }
  if (context.calls >= k_calls_max) {
    return std::move(call->reply).send(unavailable("Too many sign-ins are on their way. Sign in again."));
  }
  ++context.calls;
  call->context.set_deadline(std::chrono::system_clock::now() + k_code_exchange_deadline);
  context.backends.identity().async()->SignIn(&call->context, &call->request, &call->answer,
                                              [&context, call](const grpc::Status& status) {
                                                std::move(call->reply).send(response_to(status, call->answer));
                                                --context.calls;
                                              });
}

}  // namespace ostraka::gateway
