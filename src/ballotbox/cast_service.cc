#include "ballotbox/cast_service.h"

#include <grpcpp/support/status.h>

#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "token/ballot_token.h"

namespace ostraka::ballotbox {

namespace {

using Call = rpc::BatchServer<v1::CastBatch, v1::CastReplies>::Call;

void write_reply(CastAnswer&& answer, v1::CastReply& reply) {
  reply.set_outcome(static_cast<v1::CastOutcome>(answer.outcome));
  reply.set_partition(answer.partition.value);
  reply.set_offset(answer.offset.value);
  reply.set_ballot_hash(std::move(answer.ballot_hash));
  reply.set_detail(std::move(answer.detail));
  for (election::Mistake& mistake : answer.mistakes) {
    v1::Mistake& written = *reply.add_mistakes();
    written.set_pointer(std::move(mistake.pointer));
    written.set_detail(std::move(mistake.detail));
  }
}

void refuse(v1::CastReply& reply, v1::CastOutcome outcome, const char* detail) {
  reply.set_outcome(outcome);
  reply.set_detail(detail);
}

// One gateway batch on its way through several partitions. Each part writes its own replies; the last one sends them.
class SplitBatch {
 public:
  SplitBatch(std::unique_ptr<Call> call, std::size_t parts) : call_(std::move(call)), left_(parts) {}

  v1::CastReply& reply(int index) { return *call_->replies().mutable_replies(index); }
  void part_done() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      Call::finish(std::move(call_));
    }
  }

 private:
  std::unique_ptr<Call> call_;
  std::atomic<std::size_t> left_;
};

struct Part {
  std::vector<CastInput> inputs;
  std::vector<int> indices;  // in the batch
};

}  // namespace

CastService::CastService(Partitions& partitions, std::uint32_t partitions_count)
    : partitions_(partitions),
      partitions_count_(partitions_count),
      server_([this](std::unique_ptr<Batches::Call> call) { cast(std::move(call)); }) {}

grpc::ServerBidiReactor<v1::CastBatch, v1::CastReplies>* CastService::Cast(grpc::CallbackServerContext*) {
  return server_.accept();
}

// Whose thread decides about it. Empty when nobody's: it is no ballot token.
std::optional<Partition> CastService::partition_for(const v1::CastRequest& vote, std::string& scratch) const {
  if (partitions_count_ == 1) {
    return Partition{0};
  }
  const auto token = token::peek_ballot_token(vote.ballot_token(), scratch);
  return token ? std::optional(partition_of(token->voter, partitions_count_)) : std::nullopt;
}

void CastService::cast(std::unique_ptr<Batches::Call> call) {
  const v1::CastBatch& batch = call->batch();
  v1::CastReplies& replies = call->replies();
  std::map<std::uint32_t, Part> parts;
  std::string scratch;
  for (int i = 0; i < batch.votes_size(); ++i) {
    const v1::CastRequest& vote = batch.votes(i);
    v1::CastReply& reply = *replies.add_replies();
    const std::optional<Partition> partition = partition_for(vote, scratch);
    if (!partition) {
      refuse(reply, v1::CAST_OUTCOME_INVALID_TOKEN, "not a ballot token");
      continue;
    }
    Part& part = parts[partition->value];
    part.inputs.push_back(CastInput{vote.election(), vote.ballot_token(), vote.body()});
    part.indices.push_back(i);
  }
  // One more part than there are, so that the batch cannot be sent while it is still being handed out.
  auto split = std::make_shared<SplitBatch>(std::move(call), parts.size() + 1);
  for (auto& [partition, part] : parts) {
    const auto owner = partitions_.find(partition);
    std::vector<int> indices = part.indices;
    CastWork work;
    work.inputs = std::move(part.inputs);
    work.done = [split, indices = std::move(part.indices)](std::vector<CastAnswer> answers) {
      for (std::size_t i = 0; i < indices.size(); ++i) {
        write_reply(std::move(answers[i]), split->reply(indices[i]));
      }
      split->part_done();
    };
    if (owner == partitions_.end() || !owner->second->cast(std::move(work))) {
      refused_at_once_.fetch_add(indices.size(), std::memory_order_relaxed);
      for (const int index : indices) {
        refuse(split->reply(index), v1::CAST_OUTCOME_UNAVAILABLE, "the ballot box has too much to do, or just started");
      }
      split->part_done();
    }
  }
  split->part_done();
}

grpc::ServerUnaryReactor* CastService::Settle(grpc::CallbackServerContext* context, const v1::SettleRequest* request,
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

grpc::ServerUnaryReactor* CastService::Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest*,
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
