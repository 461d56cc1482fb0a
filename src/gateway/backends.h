// The other services, as the gateway reaches them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/rpc/batch_client.h"
#include "ostraka/v1/ballotbox_service.grpc.pb.h"
#include "ostraka/v1/elections_service.grpc.pb.h"
#include "ostraka/v1/identity_service.grpc.pb.h"

namespace ostraka::gateway {

struct CastTraits {
  using Stub = v1::BallotBox::Stub;
  using Batch = v1::CastBatch;
  using Replies = v1::CastReplies;
  using Request = v1::CastRequest;
  using Reply = v1::CastReply;
  static void open(Stub& stub, grpc::ClientContext* context, grpc::ClientBidiReactor<Batch, Replies>* reactor) {
    stub.async()->Cast(context, reactor);
  }
  static auto* requests(Batch& batch) { return batch.mutable_votes(); }
  static auto* replies(Replies& replies) { return replies.mutable_replies(); }
};

struct IssueTraits {
  using Stub = v1::Identity::Stub;
  using Batch = v1::IssueBatch;
  using Replies = v1::IssueReplies;
  using Request = v1::IssueRequest;
  using Reply = v1::IssueReply;
  static void open(Stub& stub, grpc::ClientContext* context, grpc::ClientBidiReactor<Batch, Replies>* reactor) {
    stub.async()->Issue(context, reactor);
  }
  static auto* requests(Batch& batch) { return batch.mutable_requests(); }
  static auto* replies(Replies& replies) { return replies.mutable_replies(); }
};

struct DevelopmentSignInTraits {
  using Stub = v1::Identity::Stub;
  using Batch = v1::DevelopmentSignInBatch;
  using Replies = v1::DevelopmentSignInReplies;
  using Request = std::string;
  using Reply = std::string;
  static void open(Stub& stub, grpc::ClientContext* context, grpc::ClientBidiReactor<Batch, Replies>* reactor) {
    stub.async()->DevelopmentSignIn(context, reactor);
  }
  static auto* requests(Batch& batch) { return batch.mutable_names(); }
  static auto* replies(Replies& replies) { return replies.mutable_id_tokens(); }
};

struct BackendAddresses {
  std::string identity;
  std::string elections;
  std::string ballotbox;
};

// One of each stream for every worker, so that workers share no lock. Thread-safe.
class Backends {
 public:
  Backends(const BackendAddresses& addresses, unsigned workers, rpc::Ticker& ticker, rpc::BatchClientOptions options);

  struct Worker {
    std::unique_ptr<rpc::BatchClient<CastTraits>> cast;
    std::unique_ptr<rpc::BatchClient<IssueTraits>> issue;
    std::unique_ptr<rpc::BatchClient<DevelopmentSignInTraits>> development_sign_in;
  };
  Worker& worker(unsigned index) { return workers_[index]; }
  const std::vector<Worker>& workers() const { return workers_; }

  v1::Elections::Stub& elections() { return *elections_; }
  v1::Identity::Stub& identity() { return *identity_; }
  v1::BallotBox::Stub& ballotbox() { return *ballotbox_; }
  // Whether a connection to `elections` stands; asks for one when not.
  bool reaches_elections();

 private:
  std::vector<Worker> workers_;
  std::shared_ptr<grpc::Channel> elections_channel_;
  std::unique_ptr<v1::Elections::Stub> elections_;
  std::unique_ptr<v1::Identity::Stub> identity_;
  std::unique_ptr<v1::BallotBox::Stub> ballotbox_;
};

}  // namespace ostraka::gateway
