#include "ballotbox/cast_stream.h"

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "net/rpc/cast_codec.h"
#include "token/ballot_token.h"

namespace ostraka::ballotbox {

namespace {

void append_reply(const CastAnswer& answer, std::string& batch) {
  rpc::CastReply reply;
  reply.outcome = static_cast<v1::CastOutcome>(answer.outcome);
  reply.partition = answer.partition.value;
  reply.offset = answer.offset.value;
  reply.ballot_hash = answer.ballot_hash.view();
  reply.detail = answer.detail;
  for (const election::Mistake& mistake : answer.mistakes) {
    reply.mistakes.push_back({mistake.pointer, mistake.detail});
  }
  rpc::append_cast_reply(reply, batch);
}

CastAnswer refusal(CastOutcome outcome, const char* detail) {
  CastAnswer answer;
  answer.outcome = outcome;
  answer.detail = detail;
  return answer;
}

}  // namespace

struct CastStream::Part {
  std::vector<CastInput> inputs;
  std::vector<std::size_t> indices;  // in the batch
};

// One gateway batch on its way through several partitions. Each part leaves its own answers; the last one sends them.
class CastStream::Split {
 public:
  Split(std::unique_ptr<batch::Call> call, std::size_t votes) : call_(std::move(call)), answers_(votes) {}

  void answer(std::size_t index, CastAnswer answer) { answers_[index] = std::move(answer); }
  void part_begins() { left_.fetch_add(1, std::memory_order_relaxed); }
  void part_done() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      for (const CastAnswer& answer : answers_) {
        append_reply(answer, call_->reply());
      }
      batch::Call::finish(std::move(call_));
    }
  }

 private:
  std::unique_ptr<batch::Call> call_;
  std::vector<CastAnswer> answers_;
  std::atomic<std::size_t> left_{1};  // so that it cannot be sent while it is still being handed out
};

void CastStream::take(std::unique_ptr<batch::Call> call) {
  std::vector<rpc::CastRequest> votes;
  if (!rpc::read_cast_requests(call->batch(), votes)) {
    return;
  }
  auto split = std::make_shared<Split>(std::move(call), votes.size());
  std::map<std::uint32_t, Part> parts;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    const CastInput vote{votes[i].election, votes[i].ballot_token, votes[i].body};
    if (const std::optional<Partition> partition = partition_for(vote)) {
      Part& part = parts[partition->value];
      part.inputs.push_back(vote);
      part.indices.push_back(i);
    } else {
      split->answer(i, refusal(CastOutcome::invalid_token, "not a ballot token"));
    }
  }
  for (auto& [partition, part] : parts) {
    hand_out(split, Partition{partition}, std::move(part));
  }
  split->part_done();
}

// Whose thread decides about it. Empty when nobody's: it is no ballot token.
std::optional<Partition> CastStream::partition_for(const CastInput& vote) {
  if (partitions_count_ == 1) {
    return Partition{0};
  }
  const auto token = token::peek_ballot_token(vote.ballot_token, scratch_);
  return token ? std::optional(partition_of(token->voter, partitions_count_)) : std::nullopt;
}

void CastStream::hand_out(const std::shared_ptr<Split>& split, Partition partition, Part part) {
  const std::size_t votes = part.inputs.size();
  CastWork work;
  work.inputs = std::move(part.inputs);
  work.done = [split, indices = std::move(part.indices)](std::span<CastAnswer> answers) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      split->answer(indices[i], std::move(answers[i]));
    }
    split->part_done();
  };
  split->part_begins();
  const auto owner = partitions_.find(partition);
  const auto taken = owner ? owner->cast(std::move(work)) : PartitionThread::Taken::not_running;
  if (taken == PartitionThread::Taken::yes) {
    return;
  }
  const bool is_full = taken == PartitionThread::Taken::full;
  (is_full ? refused_at_once_ : not_taken_).fetch_add(votes, std::memory_order_relaxed);
  std::vector<CastAnswer> refused(votes, is_full ? refusal(CastOutcome::unavailable, "the ballot box has too much to do")
                                                 : refusal(CastOutcome::not_taken, "the partition is not served here now"));
  work.done(refused);
}

}  // namespace ostraka::ballotbox
