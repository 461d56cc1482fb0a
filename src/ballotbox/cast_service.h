// The ballot box over gRPC: splits each batch of a gateway by partition, puts the answers together again, and replies
// when all of them are there.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "ballotbox/partition_thread.h"
#include "net/rpc/batch_server.h"
#include "ostraka/v1/ballotbox_service.grpc.pb.h"

namespace ostraka::ballotbox {

using Partitions = std::map<std::uint32_t, std::unique_ptr<PartitionThread>>;

class CastService final : public v1::BallotBox::CallbackService {
 public:
  // REQUIRES: `partitions` outlives the service and does not change; keys are the owned ones out of `partitions_count`.
  CastService(Partitions& partitions, std::uint32_t partitions_count);

  grpc::ServerBidiReactor<v1::CastBatch, v1::CastReplies>* Cast(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Settle(grpc::CallbackServerContext* context, const v1::SettleRequest* request,
                                   v1::SettleReply* reply) override;
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest* request,
                                     v1::DescribeReply* reply) override;

  // Reads no more votes; what was read is answered.
  void drain(std::chrono::milliseconds at_most) { server_.drain(at_most); }

  std::uint64_t votes_refused_at_once() const { return refused_at_once_.load(std::memory_order_relaxed); }

 private:
  using Batches = rpc::BatchServer<v1::CastBatch, v1::CastReplies>;

  void cast(std::unique_ptr<Batches::Call> call);
  std::optional<Partition> partition_for(const v1::CastRequest& vote, std::string& scratch) const;

  Partitions& partitions_;
  const std::uint32_t partitions_count_;
  std::atomic<std::uint64_t> refused_at_once_{0};  // queue full, or the partition is not here
  Batches server_;
};

// Why this ballot box is not ready; empty when it is.
std::string why_not_ready(const Partitions& partitions);

}  // namespace ostraka::ballotbox
