// The other services, as the gateway reaches them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/rpc/batch_client.h"
#include "net/rpc/batch_streams.h"
#include "ostraka/v1/elections_service.grpc.pb.h"

namespace ostraka::gateway {

struct BackendAddresses {
  std::string identity;
  std::string elections;
  std::string ballotbox;
};

// One of each stream for every worker, so that workers share no lock. Thread-safe.
class Backends {
 public:
  Backends(const BackendAddresses& addresses, unsigned workers, rpc::Ticker& ticker, rpc::BatchClientOptions options);

  struct Worker {
    std::unique_ptr<rpc::BatchClient<rpc::CastTraits>> cast;
    std::unique_ptr<rpc::BatchClient<rpc::IssueTraits>> issue;
    std::unique_ptr<rpc::BatchClient<rpc::DevelopmentSignInTraits>> development_sign_in;

    // What was submitted leaves now.
    void flush();
  };
  Worker& worker(unsigned index) { return workers_[index]; }
  const std::vector<Worker>& workers() const { return workers_; }

  v1::Elections::Stub& elections() { return *elections_; }
  v1::Identity::Stub& identity() { return *identity_; }
  v1::BallotBox::Stub& ballotbox() { return *ballotbox_; }
  // Whether a connection to `elections` stands; asks for one when not.
  bool reaches_elections();

 private:
  std::vector<Worker> workers_;
  std::shared_ptr<grpc::Channel> elections_channel_;
  std::unique_ptr<v1::Elections::Stub> elections_;
  std::unique_ptr<v1::Identity::Stub> identity_;
  std::unique_ptr<v1::BallotBox::Stub> ballotbox_;
};

}  // namespace ostraka::gateway
