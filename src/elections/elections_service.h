// The desk over gRPC. Unary and synchronous: administration is rare, and its calls wait for the log and for peers.
#pragma once

#include <atomic>
#include <string>

#include "elections/election_desk.h"
#include "ostraka/v1/elections_service.grpc.pb.h"
#include "service/metrics.h"

namespace ostraka::elections {

class ElectionsService final : public v1::Elections::Service {
 public:
  // `admin_token`: who holds it may administer. All outlive the service.
  ElectionsService(ElectionDesk& desk, std::string admin_token, service::Metrics& metrics);

  grpc::Status Create(grpc::ServerContext*, const v1::CreateRequest* request, v1::AdministrationReply* reply) override;
  grpc::Status Update(grpc::ServerContext*, const v1::UpdateRequest* request, v1::AdministrationReply* reply) override;
  grpc::Status Open(grpc::ServerContext*, const v1::ActRequest* request, v1::AdministrationReply* reply) override;
  grpc::Status Close(grpc::ServerContext*, const v1::ActRequest* request, v1::AdministrationReply* reply) override;
  grpc::Status Certify(grpc::ServerContext*, const v1::ActRequest* request, v1::AdministrationReply* reply) override;

 private:
  bool authenticate(const std::string& token, v1::AdministrationReply& reply);
  grpc::Status answer(const char* act, const Answer& answer, v1::AdministrationReply& reply);

  ElectionDesk& desk_;
  const std::string admin_token_;
  service::Metrics& metrics_;
};

}  // namespace ostraka::elections
