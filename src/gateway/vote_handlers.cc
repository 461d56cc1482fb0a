#include <fmt/core.h>

#include "base/bytes.h"
#include "election/ballot.h"
#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"
#include "token/ballot_token.h"

namespace ostraka::gateway {

namespace {

std::string receipt_json(std::string_view election, const v1::CastReply& reply) {
  std::string json = fmt::format(R"("receipt":{{"election":"{}","partition":{},"offset":{})", election,
                                 reply.partition(), reply.offset());
  if (!reply.ballot_hash().empty()) {
    json += fmt::format(R"(,"ballot_hash":"{}")", to_hex(reply.ballot_hash()));
  }
  return json + "}";
}

http::Response invalid_ballot_token(std::string_view detail) {
  return unauthorized("invalid-ballot-token", "Invalid ballot token", detail);
}

// `election` is an identifier, so it needs no escaping.
http::Response response_to(std::string_view election, const v1::CastReply& reply) {
  switch (reply.outcome()) {
    case v1::CAST_OUTCOME_COUNTED:
      return json_response(201, "{" + receipt_json(election, reply) + "}");
    case v1::CAST_OUTCOME_ALREADY_COUNTS:
      return json_response(200, "{" + receipt_json(election, reply) + "}");
    case v1::CAST_OUTCOME_ALREADY_VOTED:
      return http::problem(409, "already-voted", "Already voted", "Another ballot of yours counts already.",
                           receipt_json(election, reply));
    case v1::CAST_OUTCOME_INVALID_TOKEN:
      return invalid_ballot_token("The ballot token is not valid here, or not any more; ask for a new one.");
    case v1::CAST_OUTCOME_NOT_OPEN:
      return http::problem(403, "election-not-open", "Election not open",
                           "The election is not open, and no ballot of yours counts.");
    case v1::CAST_OUTCOME_UNKNOWN_ELECTION:
      return unknown_election();
    case v1::CAST_OUTCOME_INVALID_BALLOT:
      return problem_with_mistakes(422, "invalid-ballot", "Invalid ballot", "The election does not allow this ballot.",
                                   reply.mistakes());
    case v1::CAST_OUTCOME_MALFORMED_BODY:
      return malformed_request(reply.mistakes_size() > 0 ? reply.mistakes(0).detail() : reply.detail());
    default:
      return unavailable("It is not known whether the ballot counts. Send the same request again.");
  }
}

}  // namespace

void cast_vote(Context& context, const http::Request& request, std::string_view election, Reply reply) {
  if (const auto found = context.known_election(election); !found || *found == nullptr) {
    return std::move(reply).send(no_election(found));
  }
  if (request.body.size() > election::k_vote_body_bytes_max) {
    return std::move(reply).send(content_too_large(election::k_vote_body_bytes_max));
  }
  const std::string_view token = bearer_token(request.header("authorization"));
  thread_local std::string scratch;
  const auto about = token::peek_ballot_token(token, scratch);
  if (!about || about->election != election) {
    return std::move(reply).send(invalid_ballot_token("A ballot token for this election is needed."));
  }
  if (!is_json_media_type(request.header("content-type"))) {
    return std::move(reply).send(unsupported_media_type());
  }
  v1::CastRequest vote;
  vote.set_election(std::string(election));
  vote.set_ballot_token(std::string(token));
  vote.set_body(std::string(request.body));
  auto shared = std::make_shared<Reply>(std::move(reply));
  const bool accepted = context.backends.worker(request.worker)
                            .cast->submit(std::move(vote), context.deadline(),
                                          [shared, id = std::string(election)](v1::CastReply* answer) {
                                            std::move(*shared).send(
                                                answer != nullptr ? response_to(id, *answer)
                                                                  : unavailable("The ballot box did not answer in time. "
                                                                                "Send the same request again."));
                                          });
  if (!accepted) {
    std::move(*shared).send(unavailable("Too many votes are on their way. Send the same request again."));
  }
}

}  // namespace ostraka::gateway
