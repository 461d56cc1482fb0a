#include "identity/issue_counter.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <utility>

namespace ostraka::identity {

namespace {

// A batch on its way through several partitions' writers. Everyone writes their own replies; the last one sends them.
class PendingBatch {
 public:
  // Holds one part by itself, until everything was handed out.
  explicit PendingBatch(std::unique_ptr<IssueCall> call) : call_(std::move(call)) {}

  const v1::IssueBatch& batch() const { return call_->batch(); }
  v1::IssueReply& reply(int index) { return *call_->replies().mutable_replies(index); }
  void make_replies() {
    for (int i = 0; i < batch().requests_size(); ++i) {
      call_->replies().add_replies();
    }
  }
  void part_begins() { open_.fetch_add(1, std::memory_order_relaxed); }
  void part_done() {
    if (open_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      IssueCall::finish(std::move(call_));
    }
  }

 private:
  std::unique_ptr<IssueCall> call_;
  std::atomic<std::size_t> open_{1};
};

v1::IssueOutcome outcome_of(IssueVerdict verdict) {
  switch (verdict) {
    case IssueVerdict::grant:
      return v1::ISSUE_OUTCOME_ISSUED;
    case IssueVerdict::invalid_sign_in:
      return v1::ISSUE_OUTCOME_INVALID_SIGN_IN;
    case IssueVerdict::not_eligible:
      return v1::ISSUE_OUTCOME_NOT_ELIGIBLE;
    case IssueVerdict::unknown_election:
      return v1::ISSUE_OUTCOME_UNKNOWN_ELECTION;
    case IssueVerdict::certified:
      return v1::ISSUE_OUTCOME_CERTIFIED;
    case IssueVerdict::catch_up_first:
    case IssueVerdict::unavailable:
      return v1::ISSUE_OUTCOME_UNAVAILABLE;
  }
  return v1::ISSUE_OUTCOME_UNAVAILABLE;
}

void answer_unavailable(v1::IssueReply& reply) {
  reply.set_outcome(v1::ISSUE_OUTCOME_UNAVAILABLE);
  reply.set_detail("Ballot tokens cannot be issued now. Asking again is safe.");
}

}  // namespace

void IssueCounter::serve(std::unique_ptr<IssueCall> call) {
  if (static_cast<std::size_t>(call->batch().requests_size()) > batch::k_batch_requests_max) {
    return;
  }
  auto pending = std::make_shared<PendingBatch>(std::move(call));
  pending->make_replies();
  parts_.metrics.batch_size.observe(pending->batch().requests_size());
  View view{parts_.elections.now(), parts_.issuers.now()};
  for (int i = 0; i < pending->batch().requests_size(); ++i) {
    IssueDecision decision = decide(pending->batch().requests(i), view);
    if (decision.verdict != IssueVerdict::grant) {
      refuse(decision, pending->reply(i));
      continue;
    }
    pending->part_begins();
    pending->reply(i).set_expires_at_ms(to_milliseconds(decision.ballot_token.expires_at));
    Grant grant{std::move(decision.record), std::move(decision.ballot_token),
                [&issued = parts_.metrics.issued, pending, i](const std::string* compact) {
                  v1::IssueReply& reply = pending->reply(i);
                  if (compact == nullptr) {
                    reply.clear_expires_at_ms();
                    answer_unavailable(reply);
                  } else {
                    reply.set_outcome(v1::ISSUE_OUTCOME_ISSUED);
                    reply.set_ballot_token(*compact);
                    issued.add();
                  }
                  pending->part_done();
                }};
    if (!parts_.writers[decision.partition.value]->submit(std::move(grant))) {
      parts_.metrics.refused("queue_full");
      grant.done(nullptr);
    }
  }
  pending->part_done();
}

IssueDecision IssueCounter::ask(const v1::IssueRequest& request, const View& view) const {
  const MissingPepper missing = view.caught_up ? MissingPepper::make : MissingPepper::refuse;
  return parts_.desk.decide({request.election(), request.id_token(), request.development_name()},
                            {*view.catalogue, *view.verifier, parts_.clock.wall_now(), missing, parts_.development});
}

IssueDecision IssueCounter::decide(const v1::IssueRequest& request, View& view) const {
  IssueDecision decision = ask(request, view);
  const bool behind =
      decision.verdict == IssueVerdict::unknown_election || decision.verdict == IssueVerdict::catch_up_first;
  if (behind && !view.caught_up) {
    if (view.is_unreadable || !catch_up(view)) {
      decision.verdict = IssueVerdict::unavailable;
      decision.reason = "elections_unreadable";
      return decision;
    }
    decision = ask(request, view);
  }
  return decision.unknown_key ? decide_with_newer_keys(std::move(decision), request, view) : decision;
}

// Keys may have come since this batch began, and more may be on their way. Nobody waits for them here: whoever asks
// again in a moment is told.
IssueDecision IssueCounter::decide_with_newer_keys(IssueDecision decision, const v1::IssueRequest& request,
                                                   View& view) const {
  if (parts_.issuers.now() != view.verifier || parts_.issuers.reload_after_unknown_key(decision.unknown_key->issuer, *view.verifier)) {
    view.verifier = parts_.issuers.now();
    decision = ask(request, view);
  }
  if (decision.unknown_key &&
      parts_.keys.ask(decision.unknown_key->issuer, decision.unknown_key->key_id) == KeyRefresh::Answer::ask_again) {
    decision.verdict = IssueVerdict::unavailable;
    decision.reason = "keys_on_their_way";
  }
  return decision;
}

bool IssueCounter::catch_up(View& view) const {
  Result<std::shared_ptr<const election::Catalogue>> catalogue = parts_.elections.caught_up();
  if (!catalogue) {
    if (messages_.due(catalogue.error().message)) {
      spdlog::error("cannot read the elections stream: {}", catalogue.error().message);
    }
    view.is_unreadable = true;
    return false;
  }
  view.catalogue = std::move(*catalogue);
  view.caught_up = true;
  return true;
}

void IssueCounter::refuse(const IssueDecision& decision, v1::IssueReply& reply) const {
  reply.set_outcome(outcome_of(decision.verdict));
  reply.set_detail(std::string(decision.detail));
  parts_.metrics.refused(decision.reason);
  if (!decision.alarm.empty()) {
    sound_alarm(decision.alarm);
  }
}

void IssueCounter::sound_alarm(const std::string& alarm) const {
  parts_.metrics.alarms.add();
  if (messages_.due(alarm)) {
    spdlog::critical("{}", alarm);
  }
}

}  // namespace ostraka::identity
