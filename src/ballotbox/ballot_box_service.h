// The ballot box over gRPC: what is asked of it once in a while.
#pragma once

#include <string>

#include "ballotbox/cast_stream.h"
#include "ostraka/v1/ballotbox_service.grpc.pb.h"

namespace ostraka::ballotbox {

class BallotBoxService final : public v1::BallotBox::CallbackService {
 public:
  // REQUIRES: `partitions` outlives the service and does not change; keys are the owned ones out of `partitions_count`.
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

// Why this ballot box is not ready; empty when it is.
std::string why_not_ready(const Partitions& partitions);

}  // namespace ostraka::ballotbox
