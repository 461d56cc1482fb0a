#include "gateway/backends.h"

#include "net/rpc/transport.h"

namespace ostraka::gateway {

Backends::Backends(const BackendAddresses& addresses)
    : elections_channel_(rpc::make_channel(addresses.elections)),
      elections_(v1::Elections::NewStub(elections_channel_)),
      identity_(v1::Identity::NewStub(rpc::make_channel(addresses.identity))),
      ballotbox_(v1::BallotBox::NewStub(rpc::make_channel(addresses.ballotbox))) {}

Result<std::unique_ptr<Backends>> Backends::start(const BackendAddresses& addresses, const Contexts& contexts,
                                                  const batch::ClientOptions& options) {
  const auto identity = batch::streams_address(addresses.identity);
  if (!identity) {
    return tl::make_unexpected(identity.error());
  }
  const auto ballotbox = batch::streams_address(addresses.ballotbox);
  if (!ballotbox) {
    return tl::make_unexpected(ballotbox.error());
  }
  std::unique_ptr<Backends> backends(new Backends(addresses));
  for (const auto& io : contexts) {
    Worker worker;
    worker.cast = std::make_unique<batch::Client<rpc::CastTraits>>(*io, *ballotbox, options);
    worker.issue = std::make_unique<batch::Client<rpc::IssueTraits>>(*io, *identity, options);
    worker.development_sign_in =
        std::make_unique<batch::Client<rpc::DevelopmentSignInTraits>>(*io, *identity, options);
    backends->workers_.push_back(std::move(worker));
  }
  return backends;
}

void Backends::Worker::flush() {
  cast->flush();
  issue->flush();
  development_sign_in->flush();
}

bool Backends::reaches_elections() { return elections_channel_->GetState(true) == GRPC_CHANNEL_READY; }

}  // namespace ostraka::gateway
