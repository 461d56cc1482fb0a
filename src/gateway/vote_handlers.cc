#include <charconv>

#include "base/bytes.h"
#include "election/ballot.h"
#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"
#include "token/ballot_token.h"

namespace ostraka::gateway {

namespace {

constexpr std::size_t k_receipt_bytes = 224;  // with room for the longest election's id

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

// By hand: every vote's answer has one.
void append_receipt(std::string& out, std::string_view election, const rpc::CastReply& reply) {
  out += R"("receipt":{"election":")";
  out += election;
  out += R"(","partition":)";
  append_number(out, reply.partition);
  out += R"(,"offset":)";
  append_number(out, reply.offset);
  if (!reply.ballot_hash.empty()) {
    out += R"(,"ballot_hash":")";
    append_hex(out, reply.ballot_hash);
    out += '"';
  }
  out += '}';
}

std::string receipt_json(std::string_view election, const rpc::CastReply& reply) {
  std::string json;
  append_receipt(json, election, reply);
  return json;
}

http::Response receipt(unsigned status, std::string_view election, const rpc::CastReply& reply) {
  std::string json;
  json.reserve(k_receipt_bytes);
  json += '{';
  append_receipt(json, election, reply);
  json += '}';
  return json_response(status, std::move(json));
}

http::Response invalid_ballot_token(std::string_view detail) {
  return unauthorized("invalid-ballot-token", "Invalid ballot token", detail);
}

google::protobuf::RepeatedPtrField<v1::Mistake> mistakes_of(const rpc::CastReply& reply) {
  google::protobuf::RepeatedPtrField<v1::Mistake> mistakes;
  for (const rpc::CastMistake& from : reply.mistakes) {
    v1::Mistake& mistake = *mistakes.Add();
    mistake.set_pointer(from.pointer.data(), from.pointer.size());
    mistake.set_detail(from.detail.data(), from.detail.size());
  }
  return mistakes;
}

// `election` is an identifier, so it needs no escaping.
http::Response response_to(std::string_view election, const rpc::CastReply& reply) {
  switch (reply.outcome) {
    case v1::CAST_OUTCOME_COUNTED:
      return receipt(201, election, reply);
    case v1::CAST_OUTCOME_ALREADY_COUNTS:
      return receipt(200, election, reply);
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
                                   mistakes_of(reply));
    case v1::CAST_OUTCOME_MALFORMED_BODY:
      return malformed_request(reply.mistakes.empty() ? reply.detail : reply.mistakes.front().detail);
    default:
      return unavailable("It is not known whether the ballot counts. Send the same request again.");
  }
}

void cast_known(Context& context, const http::Request& request, std::shared_ptr<const election::Entry> entry,
                Reply reply) {
  if (request.body.size() > election::k_vote_body_bytes_max) {
    return std::move(reply).send(content_too_large(election::k_vote_body_bytes_max));
  }
  const std::string& election = entry->definition.id;
  const std::string_view token = bearer_token(request.header("authorization"));
  thread_local std::string scratch;
  const auto about = token::peek_ballot_token(token, scratch);
  if (!about || about->election != election) {
    return std::move(reply).send(invalid_ballot_token("A ballot token for this election is needed."));
  }
  if (!is_json_media_type(request.header("content-type"))) {
    return std::move(reply).send(unsupported_media_type());
  }
  const std::string_view id = election;  // the promise keeps the entry
  CastRouter::Done done([reply = std::move(reply), entry = std::move(entry)](rpc::CastReply* answer) mutable {
    std::move(reply).send(answer != nullptr
                              ? response_to(entry->definition.id, *answer)
                              : unavailable("The ballot box did not answer in time. Send the same request again."));
  });
  CastRouter& cast = *context.backends.worker(request.worker).cast;
  const Partition partition = partition_of(about->voter, context.backends.partitions());
  if (!cast.submit({id, token, request.body}, partition, context.deadline(), std::move(done))) {
    done(nullptr);  // too many are on their way
  }
}

}  // namespace

void cast_vote(Context& context, const http::Request& request, std::string_view election, Reply reply) {
  if (auto entry = context.elections.now()->find(election)) {
    return cast_known(context, request, std::move(entry), std::move(reply));
  }
  context.when_known(election, request.worker, [&context, request, reply = std::move(reply)](Context::Found found) mutable {
    if (!found || *found == nullptr) {
      return std::move(reply).send(no_election(found));
    }
    cast_known(context, request, std::move(*found), std::move(reply));
  });
}

}  // namespace ostraka::gateway
