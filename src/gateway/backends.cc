#include "gateway/backends.h"

#include "net/rpc/transport.h"

namespace ostraka::gateway {

Backends::Backends(const BackendAddresses& addresses, unsigned workers, rpc::Ticker& ticker,
                   rpc::BatchClientOptions options)
    : elections_channel_(rpc::make_channel(addresses.elections)), elections_(v1::Elections::NewStub(elections_channel_)) {
  const std::shared_ptr<grpc::Channel> identity = rpc::make_channel(addresses.identity);
  const std::shared_ptr<grpc::Channel> ballotbox = rpc::make_channel(addresses.ballotbox);
  identity_ = v1::Identity::NewStub(identity);
  ballotbox_ = v1::BallotBox::NewStub(ballotbox);
  for (unsigned i = 0; i < workers; ++i) {
    Worker worker;
    worker.cast = std::make_unique<rpc::BatchClient<rpc::CastTraits>>(v1::BallotBox::NewStub(ballotbox), ticker, options);
    worker.issue = std::make_unique<rpc::BatchClient<rpc::IssueTraits>>(v1::Identity::NewStub(identity), ticker, options);
    worker.development_sign_in = std::make_unique<rpc::BatchClient<rpc::DevelopmentSignInTraits>>(
        v1::Identity::NewStub(identity), ticker, options);
    workers_.push_back(std::move(worker));
  }
}

void Backends::Worker::flush() {
  cast->flush();
  issue->flush();
  development_sign_in->flush();
}

bool Backends::reaches_elections() { return elections_channel_->GetState(true) == GRPC_CHANNEL_READY; }

}  // namespace ostraka::gateway
