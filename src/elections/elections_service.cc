#include "elections/elections_service.h"

#include <utility>

#include "crypto/digest.h"
#include "crypto/mac.h"

namespace ostraka::elections {

namespace {

constexpr const char* k_actor = "admin token";

}  // namespace

ElectionsService::ElectionsService(ElectionDesk& desk, std::string admin_token, service::Metrics& metrics)
    : desk_(desk), admin_token_(std::move(admin_token)), metrics_(metrics) {}

grpc::Status ElectionsService::Create(grpc::ServerContext*, const v1::CreateRequest* request,
                                      v1::AdministrationReply* reply) {
  if (!authenticate(request->admin_token(), *reply)) {
    return grpc::Status::OK;
  }
  return answer("create", desk_.create(request->definition(), k_actor), *reply);
}

grpc::Status ElectionsService::Update(grpc::ServerContext*, const v1::UpdateRequest* request,
                                      v1::AdministrationReply* reply) {
  if (!authenticate(request->admin_token(), *reply)) {
    return grpc::Status::OK;
  }
  return answer("update", desk_.update(request->election(), request->patch(), k_actor), *reply);
}

grpc::Status ElectionsService::Open(grpc::ServerContext*, const v1::ActRequest* request,
                                    v1::AdministrationReply* reply) {
  if (!authenticate(request->admin_token(), *reply)) {
    return grpc::Status::OK;
  }
  return answer("open", desk_.open_election(request->election(), k_actor), *reply);
}

grpc::Status ElectionsService::Close(grpc::ServerContext*, const v1::ActRequest* request,
                                     v1::AdministrationReply* reply) {
  if (!authenticate(request->admin_token(), *reply)) {
    return grpc::Status::OK;
  }
  return answer("close", desk_.close(request->election(), ClosedBy::command, k_actor), *reply);
}

grpc::Status ElectionsService::Certify(grpc::ServerContext*, const v1::ActRequest* request,
                                       v1::AdministrationReply* reply) {
  if (!authenticate(request->admin_token(), *reply)) {
    return grpc::Status::OK;
  }
  return answer("certify", desk_.certify(request->election(), k_actor), *reply);
}

bool ElectionsService::authenticate(const std::string& token, v1::AdministrationReply& reply) {
  // Digests are compared, so that not even the token's length shows in the time it takes.
  if (crypto::equal_constant_time(crypto::sha256(token), crypto::sha256(admin_token_))) {
    return true;
  }
  metrics_.counter("ostraka_elections_unauthenticated_total", "Administrative requests without the admin token.").add();
  reply.set_outcome(v1::ADMINISTRATION_OUTCOME_UNAUTHENTICATED);
  reply.set_detail("the admin token is missing or wrong");
  return false;
}

grpc::Status ElectionsService::answer(const char* act, const Answer& answer, v1::AdministrationReply& reply) {
  const Decision& decision = answer.decision;
  metrics_
      .counter("ostraka_elections_acts_total", "Administrative acts, by act and outcome.",
               {{"act", act}, {"outcome", std::string(outcome_name(decision.outcome))}})
      .add();
  reply.set_outcome(static_cast<v1::AdministrationOutcome>(decision.outcome));
  reply.set_election(decision.election);
  reply.set_elections_end(answer.elections_end.value);
  reply.set_detail(decision.detail);
  for (const election::Mistake& mistake : decision.mistakes) {
    v1::Mistake& written = *reply.add_mistakes();
    written.set_pointer(mistake.pointer);
    written.set_detail(mistake.detail);
  }
  return grpc::Status::OK;
}

}  // namespace ostraka::elections
