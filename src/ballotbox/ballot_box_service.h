// The ballot box over gRPC: what is asked of it once in a while.
#pragma once

#include "ballotbox/partitions.h"
#include "ostraka/v1/ballotbox_service.grpc.pb.h"

namespace ostraka::ballotbox {

class BallotBoxService final : public v1::BallotBox::CallbackService {
 public:
  // REQUIRES: `partitions`, those of `partitions_count` that are here, outlives it.
  BallotBoxService(Partitions& partitions, std::uint32_t partitions_count)
      : partitions_(partitions), partitions_count_(partitions_count) {}

  grpc::ServerUnaryReactor* Settle(grpc::CallbackServerContext* context, const v1::SettleRequest* request,
                                   v1::SettleReply* reply) override;
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest* request,
                                     v1::DescribeReply* reply) override;

 private:
  Partitions& partitions_;
  const std::uint32_t partitions_count_;
};

}  // namespace ostraka::ballotbox
