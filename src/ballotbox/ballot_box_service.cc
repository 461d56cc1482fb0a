#include "ballotbox/ballot_box_service.h"

#include <fmt/format.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <mutex>

namespace ostraka::ballotbox {

grpc::ServerUnaryReactor* BallotBoxService::Settle(grpc::CallbackServerContext* context, const v1::SettleRequest* request,
                                              v1::SettleReply* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  struct Gathering {
    std::mutex mutex;
    std::size_t left = 0;
    std::string problem;
  };
  auto gathering = std::make_shared<Gathering>();
  gathering->left = partitions_.size();
  for (auto& [number, partition] : partitions_) {
    // Each owner reads the `elections` stream to its end when it settles, so it is at least as far as the caller.
    partition->settle({request->election(), [gathering, reactor, reply, number = number](Result<SettledState> settled) {
                         const std::lock_guard lock(gathering->mutex);
                         if (settled) {
                           auto& state = (*reply->mutable_partitions())[number];
                           state.set_opened(settled->opened);
                           state.set_closed(settled->closed);
                           state.set_closed_at(settled->closed_at.value);
                         } else {
                           gathering->problem = settled.error().message;
                         }
                         if (--gathering->left == 0) {
                           reactor->Finish(gathering->problem.empty()
                                               ? grpc::Status::OK
                                               : grpc::Status(grpc::StatusCode::UNAVAILABLE, gathering->problem));
                         }
                       }});
  }
  return reactor;
}

grpc::ServerUnaryReactor* BallotBoxService::Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest*,
                                                v1::DescribeReply* reply) {
  reply->set_partitions(partitions_count_);
  for (const auto& [number, partition] : partitions_) {
    reply->add_owned(number);
  }
  reply->set_reason(why_not_ready(partitions_));
  reply->set_ready(reply->reason().empty());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

std::string why_not_ready(const Partitions& partitions) {
  std::string reasons;
  for (const auto& [number, partition] : partitions) {
    const PartitionStatus status = partition->status();
    if (!status.ready) {
      reasons += fmt::format("{}partition {}: {}", reasons.empty() ? "" : "; ", number, status.reason);
    }
  }
  return reasons;
}

}  // namespace ostraka::ballotbox
