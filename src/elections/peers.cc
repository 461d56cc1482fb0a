#include "elections/peers.h"

#include <grpcpp/client_context.h>

#include <chrono>

#include "net/rpc/transport.h"

namespace ostraka::elections {

namespace {

constexpr std::chrono::seconds k_peer_deadline{5};

void set_deadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + k_peer_deadline);
  context.set_wait_for_ready(true);  // a service that is just being restarted is worth waiting for
}

}  // namespace

Peers::Peers(std::string identity_address, std::string ballotbox_address)
    : identity_(v1::Identity::NewStub(rpc::make_channel(identity_address))),
      ballotbox_(v1::BallotBox::NewStub(rpc::make_channel(ballotbox_address))) {}

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
  grpc::ClientContext context;
  set_deadline(context);
  v1::SettleRequest request;
  v1::SettleReply reply;
  request.set_election(election);
  request.set_elections_end(end.value);
  if (const grpc::Status status = ballotbox_->Settle(&context, request, &reply); !status.ok()) {
    return fail(ErrorKind::unavailable, "the ballot box does not settle: {}", status.error_message());
  }
  Settled settled;
  for (const auto& [partition, state] : reply.partitions()) {
    settled.partitions[partition] = {state.opened(), state.closed(), state.closed_at()};
  }
  return settled;
}

}  // namespace ostraka::elections
