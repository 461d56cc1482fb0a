// The batch streams between the services, as BatchClient wants to know them.
#pragma once

#include <string>

#include "ostraka/v1/ballotbox_service.grpc.pb.h"
#include "ostraka/v1/identity_service.grpc.pb.h"

namespace ostraka::rpc {

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

}  // namespace ostraka::rpc
