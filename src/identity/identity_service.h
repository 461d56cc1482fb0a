// Identity, over batch streams and gRPC. Everything that takes time runs on the worker pool or the fetcher's thread,
// never on theirs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "identity/core/development_issuer.h"
#include "identity/core/pepper_vault.h"
#include "identity/issue_counter.h"
#include "identity/issuing/worker_pool.h"
#include "identity/providers/code_exchanger.h"
#include "net/batch/message_call.h"
#include "ostraka/v1/identity_service.grpc.pb.h"

namespace ostraka::identity {

class IdentityService final : public v1::Identity::CallbackService {
 public:
  struct Parts {
    IssueCounter& counter;
    PepperVault& peppers;
    service::ElectionsFollower& elections;
    IssuerDirectory& issuers;
    CodeExchanger& codes;
    const DevelopmentIssuer* development;  // null where it is not configured
    std::size_t threads;
    const Clock& clock;
    IdentityMetrics& metrics;
  };
  explicit IdentityService(const Parts& parts);

  // What its batch streams are served by; the service must outlive their server.
  std::map<std::string, batch::Handler, std::less<>> streams();

  grpc::ServerUnaryReactor* SignIn(grpc::CallbackServerContext* context, const v1::SignInRequest* request,
                                   v1::SignInReply* reply) override;
  grpc::ServerUnaryReactor* Prepare(grpc::CallbackServerContext* context, const v1::PrepareRequest* request,
                                    v1::PrepareReply* reply) override;
  grpc::ServerUnaryReactor* ListIssuers(grpc::CallbackServerContext* context, const v1::ListIssuersRequest* request,
                                        v1::ListIssuersReply* reply) override;

  // Batches that wait for a thread.
  std::size_t queued() const { return pool_.queued(); }

 private:
  using SignInCall = batch::MessageCall<v1::DevelopmentSignInBatch, v1::DevelopmentSignInReplies>;

  void issue(std::unique_ptr<IssueCall> call);
  void sign_in(std::unique_ptr<SignInCall> call);
  grpc::Status prepare(const v1::PrepareRequest& request, v1::PrepareReply& reply);

  const Parts parts_;
  WorkerPool pool_;  // last: its jobs use everything above
};

}  // namespace ostraka::identity
