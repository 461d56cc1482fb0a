// The counter where ballot tokens are asked for: takes a batch, asks the desk about each request, hands grants to the
// partitions' writers, and finishes the batch when the last answer is there.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "identity/core/issue_desk.h"
#include "identity/issuing/issuance_writer.h"
#include "identity/issuing/log_pacing.h"
#include "identity/metrics.h"
#include "identity/providers/key_fetcher.h"
#include "net/batch/message_call.h"
#include "ostraka/v1/identity_service.pb.h"
#include "service/elections_follower.h"

namespace ostraka::identity {

using IssueCall = batch::MessageCall<v1::IssueBatch, v1::IssueReplies>;

// Thread-safe.
class IssueCounter {
 public:
  struct Parts {
    service::ElectionsFollower& elections;
    IssuerDirectory& issuers;
    KeyFetcher& keys;
    const IssueDesk& desk;
    std::vector<std::unique_ptr<IssuanceWriter>>& writers;  // by partition; does not change
    const DevelopmentIssuer* development;  // null where it is not configured
    const Clock& clock;
    IdentityMetrics& metrics;
  };
  explicit IssueCounter(const Parts& parts) : parts_(parts), messages_(parts.clock, k_same_alarm_interval) {}

  // Blocks for as long as verifying takes: some 60 µs a request.
  void serve(std::unique_ptr<IssueCall> call);

 private:
  // What is known while one batch is served. Read again when a request asks for what is not in it.
  struct View {
    std::shared_ptr<const election::Catalogue> catalogue;
    std::shared_ptr<const token::IdTokenVerifier> verifier;
    bool caught_up = false;
    bool is_unreadable = false;  // the elections, when this batch wanted them: it does not wait for each of its requests
  };

  IssueDecision decide(const v1::IssueRequest& request, View& view) const;
  IssueDecision ask(const v1::IssueRequest& request, const View& view) const;
  IssueDecision decide_with_newer_keys(IssueDecision decision, const v1::IssueRequest& request, View& view) const;
  bool catch_up(View& view) const;
  void refuse(const IssueDecision& decision, v1::IssueReply& reply) const;
  void sound_alarm(const std::string& alarm) const;

  const Parts parts_;
  mutable PacedMessages messages_;  // the same one would come with every request
};

}  // namespace ostraka::identity
