#include "gateway/backends.h"

#include "net/rpc/transport.h"

namespace ostraka::gateway {

Backends::Backends(const BackendAddresses& addresses, std::uint32_t partitions)
    : partitions_(partitions),
      ballot_boxes_(addresses.ballotboxes, partitions),
      elections_channel_(rpc::make_channel(addresses.elections)),
      elections_(v1::Elections::NewStub(elections_channel_)),
      identity_(v1::Identity::NewStub(rpc::make_channel(addresses.identity))) {}

Result<std::unique_ptr<Backends>> Backends::start(const BackendAddresses& addresses, std::uint32_t partitions,
                                                  const Contexts& contexts, const batch::ClientOptions& options) {
  const auto identity = batch::streams_address(addresses.identity);
  if (!identity) {
    return tl::make_unexpected(identity.error());
  }
  std::vector<batch::StreamsAddress> ballotboxes;
  for (const std::string& address : addresses.ballotboxes) {
    const auto streams = batch::streams_address(address);
    if (!streams) {
      return tl::make_unexpected(streams.error());
    }
    ballotboxes.push_back(*streams);
  }
  if (ballotboxes.empty() || ballotboxes.size() > k_ballot_boxes_max) {
    return fail(ErrorKind::invalid, "--ballotbox: one to {} addresses", k_ballot_boxes_max);
  }
  std::unique_ptr<Backends> backends(new Backends(addresses, partitions));
  backends->contexts_ = contexts;
  for (const auto& io : contexts) {
    Worker worker;
    worker.cast = std::make_unique<CastRouter>(*io, backends->ballot_boxes_, ballotboxes, options);
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
