#include "ballotbox/ballot_box_service.h"

#include <grpcpp/support/status.h>

#include <memory>
#include <mutex>

namespace ostraka::ballotbox {

grpc::ServerUnaryReactor* BallotBoxService::Settle(grpc::CallbackServerContext* context, const v1::SettleRequest* request,
                                              v1::SettleReply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  struct Gathering {
    std::mutex mutex;  // guards `left` and the reply
    std::size_t left = 0;
  };
  const std::vector<HeldPartition> held = partitions_.held();
  if (held.empty()) {
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  auto gathering = std::make_shared<Gathering>();
  gathering->left = held.size();
  for (const HeldPartition& one : held) {
    // Each owner reads the `elections` stream to its end when it settles, so it is at least as far as the caller.
    one.thread->settle({request->election(), [gathering, reactor, reply,
                                              number = one.partition.value](Result<SettledState> settled) {
                         const std::lock_guard lock(gathering->mutex);
                         if (settled) {
                           auto& state = (*reply->mutable_partitions())[number];
                           state.set_opened(settled->opened);
                           state.set_closed(settled->closed);
                           state.set_closed_at(settled->closed_at.value);
                         } else {
                           reply->set_problem(settled.error().message);
                         }
                         if (--gathering->left == 0) {
                           reactor->Finish(grpc::Status::OK);
                         }
                       }});
  }
  return reactor;
}

grpc::ServerUnaryReactor* BallotBoxService::Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest*,
                                                v1::DescribeReply* reply) {
  reply->set_partitions(partitions_count_);
  for (const HeldPartition& held : partitions_.held()) {
    v1::DescribeReply::HeldPartition& described = *reply->add_held();
    described.set_partition(held.partition.value);
    const PartitionStatus status = held.thread->status();
    described.set_serves(status.serves);
    described.set_ready(status.ready);
    described.set_in_share(held.in_share);
    if (held.in_share) {
      reply->add_owned(held.partition.value);
    }
  }
  reply->set_reason(why_not_ready(partitions_));
  reply->set_ready(reply->reason().empty());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace ostraka::ballotbox
