#include <grpcpp/client_context.h>

#include <nlohmann/json.hpp>

#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

// Longer than `elections` waits for one peer, so that its own words reach the administrator, and shorter than draining.
constexpr std::chrono::seconds k_administration_deadline{7};

std::string election_json(const election::Entry& entry) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(election::to_canonical_json(entry.definition));
  json["state"] = election::state_name(entry.state);
  return json.dump();
}

http::Response invalid_admin_token() {
  return unauthorized("invalid-admin-token", "Invalid admin token", "The admin token is missing or wrong.");
}

// One call to `elections` on its way.
struct Call {
  explicit Call(Reply to) : reply(std::move(to)) {}
  grpc::ClientContext context;
  v1::AdministrationReply answer;
  Reply reply;
};

http::Response response_to(Context& context, const v1::AdministrationReply& answer) {
  switch (answer.outcome()) {
    case v1::ADMINISTRATION_OUTCOME_CREATED:
    case v1::ADMINISTRATION_OUTCOME_DONE: {
      const auto found = context.current_election(answer.election());
      if (!found || *found == nullptr) {
        return unavailable("It is done, but the election cannot be read here now.");
      }
      const std::shared_ptr<const election::Entry>& entry = *found;
      const bool created = answer.outcome() == v1::ADMINISTRATION_OUTCOME_CREATED;
      http::Response response = json_response(created ? 201 : 200, election_json(*entry));
      if (created) {
        response.headers.emplace_back("Location", "/v1/elections/" + answer.election());
      }
      return response;
    }
    case v1::ADMINISTRATION_OUTCOME_UNAUTHENTICATED:
      return invalid_admin_token();
    case v1::ADMINISTRATION_OUTCOME_UNKNOWN_ELECTION:
      return unknown_election();
    case v1::ADMINISTRATION_OUTCOME_EXISTS:
      return http::problem(409, "election-exists", "Election exists", "Another election has this id.");
    case v1::ADMINISTRATION_OUTCOME_WRONG_STATE:
      return http::problem(409, "wrong-state", "Wrong state", answer.detail());
    case v1::ADMINISTRATION_OUTCOME_INVALID:
      return problem_with_mistakes(422, "invalid-election", "Invalid election", "The definition has mistakes.",
                                   answer.mistakes());
    case v1::ADMINISTRATION_OUTCOME_MALFORMED:
      return malformed_request(answer.detail());
    default:
      return unavailable(answer.detail().empty() ? "Not now. Send the same request again." : answer.detail());
  }
}

// What runs when `elections` has answered.
std::function<void(grpc::Status)> when_answered(Context& context, const std::shared_ptr<Call>& call) {
  return [&context, call](const grpc::Status& status) {
    std::move(call->reply)
        .send(status.ok() ? response_to(context, call->answer)
                          : unavailable("The elections service did not answer. Send the same request again."));
    --context.calls;
  };
}

std::shared_ptr<Call> begin_call(Context& context, Reply reply) {
  ++context.calls;
  auto call = std::make_shared<Call>(std::move(reply));
  call->context.set_deadline(std::chrono::system_clock::now() + k_administration_deadline);
  call->context.set_wait_for_ready(true);
  return call;
}

}  // namespace

void list_elections(Context& context, Reply reply) {
  context.elections.when_caught_up([reply = std::move(reply)](const auto& catalogue) mutable {
    if (!catalogue) {
      return std::move(reply).send(unavailable("The elections cannot be read now."));
    }
    std::string body = "[";
    for (const auto& [id, entry] : (*catalogue)->entries()) {
      body += body.size() > 1 ? "," : "";
      body += election_json(*entry);
    }
    std::move(reply).send(json_response(200, body + "]"));
  });
}

void get_election(Context& context, std::string_view election, Reply reply) {
  context.when_current(election, [reply = std::move(reply)](const Context::Found& found) mutable {
    std::move(reply).send(!found || *found == nullptr ? no_election(found) : json_response(200, election_json(**found)));
  });
}

void create_election(Context& context, const http::Request& request, Reply reply) {
  const std::string_view token = bearer_token(request.header("authorization"));
  if (token.empty()) {
    return std::move(reply).send(invalid_admin_token());
  }
  if (!is_json_media_type(request.header("content-type"))) {
    return std::move(reply).send(unsupported_media_type());
  }
  auto message = std::make_shared<v1::CreateRequest>();
  message->set_admin_token(std::string(token));
  message->set_definition(std::string(request.body));
  const std::shared_ptr<Call> call = begin_call(context, std::move(reply));
  context.backends.elections().async()->Create(
      &call->context, message.get(), &call->answer,
      [message, done = when_answered(context, call)](const grpc::Status& status) { done(status); });
}

void update_election(Context& context, const http::Request& request, std::string_view election, Reply reply) {
  const std::string_view token = bearer_token(request.header("authorization"));
  if (token.empty()) {
    return std::move(reply).send(invalid_admin_token());
  }
  const std::string_view type = request.header("content-type");
  if (!is_json_media_type(type) && type != "application/merge-patch+json") {
    return std::move(reply).send(unsupported_media_type());
  }
  auto message = std::make_shared<v1::UpdateRequest>();
  message->set_admin_token(std::string(token));
  message->set_election(std::string(election));
  message->set_patch(std::string(request.body));
  const std::shared_ptr<Call> call = begin_call(context, std::move(reply));
  context.backends.elections().async()->Update(
      &call->context, message.get(), &call->answer,
      [message, done = when_answered(context, call)](const grpc::Status& status) { done(status); });
}

void act_on_election(Context& context, Route act, const http::Request& request, std::string_view election,
                     Reply reply) {
  const std::string_view token = bearer_token(request.header("authorization"));
  if (token.empty()) {
    return std::move(reply).send(invalid_admin_token());
  }
  if (!is_identifier(election)) {
    return std::move(reply).send(unknown_election());
  }
  auto message = std::make_shared<v1::ActRequest>();
  message->set_admin_token(std::string(token));
  message->set_election(std::string(election));
  const std::shared_ptr<Call> call = begin_call(context, std::move(reply));
  const auto done = [message, answered = when_answered(context, call)](const grpc::Status& status) { answered(status); };
  auto* elections = context.backends.elections().async();
  if (act == Route::open_election) {
    elections->Open(&call->context, message.get(), &call->answer, done);
  } else if (act == Route::close_election) {
    elections->Close(&call->context, message.get(), &call->answer, done);
  } else {
    elections->Certify(&call->context, message.get(), &call->answer, done);
  }
}

}  // namespace ostraka::gateway
