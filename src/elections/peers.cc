#include "elections/peers.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "net/rpc/transport.h"

namespace ostraka::elections {

namespace {

constexpr std::chrono::seconds k_peer_deadline{5};

void set_deadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + k_peer_deadline);
  context.set_wait_for_ready(true);  // a service that is just being restarted is worth waiting for
}

struct SettleCall {
  grpc::ClientContext context;
  v1::SettleRequest request;
  v1::SettleReply reply;
};

// What the ballot boxes answer, as long as somebody waits for it or an answer may still come.
struct Gathering {
  void add(const grpc::Status& status, const v1::SettleReply& reply) {
    const std::lock_guard lock(mutex);
    if (!status.ok()) {
      problem = status.error_message();
    } else if (!reply.problem().empty()) {
      problem = reply.problem();
    }
    for (const auto& [partition, state] : reply.partitions()) {
      // Two that serve one partition say what each has read so far; a marker that one has read stands.
      Settled::Place& place = settled.partitions[partition];
      place.opened = place.opened || state.opened();
      if (state.closed()) {
        place.closed = true;
        place.closed_at = state.closed_at();
      }
    }
    --left;
    changed.notify_all();
  }

  std::mutex mutex;  // guards the rest
  std::condition_variable changed;
  Settled settled;
  std::size_t left = 0;
  std::string problem = "not every partition is served";
};

}  // namespace

Peers::Peers(const std::string& identity_address, const std::vector<std::string>& ballotbox_addresses,
             std::uint32_t partitions)
    : identity_(v1::Identity::NewStub(rpc::make_channel(identity_address))), partitions_(partitions) {
  for (const std::string& address : ballotbox_addresses) {
    ballotboxes_.push_back(v1::BallotBox::NewStub(rpc::make_channel(address)));
  }
}

Result<std::string> Peers::prepare(const std::string& election) {
  grpc::ClientContext context;
  set_deadline(context);
  v1::PrepareRequest request;
  v1::PrepareReply reply;
  request.set_election(election);
  if (const grpc::Status status = identity_->Prepare(&context, request, &reply); !status.ok()) {
    return fail(ErrorKind::unavailable, "identity does not prepare the election: {}", status.error_message());
  }
  return reply.pepper_commitment();
}

Result<Settled> Peers::settle(const std::string& election, Offset end) {
  auto gathering = std::make_shared<Gathering>();
  gathering->left = ballotboxes_.size();
  for (const auto& ballotbox : ballotboxes_) {
    auto call = std::make_shared<SettleCall>();
    set_deadline(call->context);
    call->request.set_election(election);
    call->request.set_elections_end(end.value);
    ballotbox->async()->Settle(&call->context, &call->request, &call->reply,
                               [gathering, call](const grpc::Status& status) { gathering->add(status, call->reply); });
  }
  std::unique_lock lock(gathering->mutex);
  // Every call ends at its deadline.
  gathering->changed.wait(lock, [&] { return gathering->left == 0 || gathering->settled.partitions.size() >= partitions_; });
  if (gathering->settled.partitions.size() < partitions_) {
    return fail(ErrorKind::unavailable, "the ballot box does not settle: {}", gathering->problem);
  }
  return gathering->settled;
}

}  // namespace ostraka::elections
