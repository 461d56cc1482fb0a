// Identity over gRPC. Everything that takes time runs on the worker pool or the fetcher's thread, never on gRPC's.
#pragma once

#include <memory>
#include <optional>

#include "identity/core/development_issuer.h"
#include "identity/core/pepper_vault.h"
#include "identity/issue_counter.h"
#include "identity/issuing/worker_pool.h"
#include "identity/providers/code_exchanger.h"
#include "net/rpc/batch_server.h"
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

  grpc::ServerBidiReactor<v1::IssueBatch, v1::IssueReplies>* Issue(grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<v1::DevelopmentSignInBatch, v1::DevelopmentSignInReplies>* DevelopmentSignIn(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* SignIn(grpc::CallbackServerContext* context, const v1::SignInRequest* request,
                                   v1::SignInReply* reply) override;
  grpc::ServerUnaryReactor* Prepare(grpc::CallbackServerContext* context, const v1::PrepareRequest* request,
                                    v1::PrepareReply* reply) override;
  grpc::ServerUnaryReactor* ListIssuers(grpc::CallbackServerContext* context, const v1::ListIssuersRequest* request,
                                        v1::ListIssuersReply* reply) override;

  // Reads no more requests; what was read is answered.
  void drain(std::chrono::milliseconds at_most);

  // Batches that wait for a thread.
  std::size_t queued() const { return pool_.queued(); }

 private:
  using SignInBatches = rpc::BatchServer<v1::DevelopmentSignInBatch, v1::DevelopmentSignInReplies>;

  void issue(std::unique_ptr<IssueBatches::Call> call);
  void sign_in(std::unique_ptr<SignInBatches::Call> call);
  grpc::Status prepare(const v1::PrepareRequest& request, v1::PrepareReply& reply);

  const Parts parts_;
  IssueBatches issue_batches_;
  SignInBatches sign_in_batches_;
  WorkerPool pool_;  // last: its jobs use everything above
};

}  // namespace ostraka::identity
