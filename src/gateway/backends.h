// The other services, as the gateway reaches them.
#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/cast_router.h"
#include "net/batch/client.h"
#include "base/result.h"
#include "net/rpc/batch_streams.h"
#include "ostraka/v1/elections_service.grpc.pb.h"
#include "ostraka/v1/identity_service.grpc.pb.h"

namespace ostraka::gateway {

struct BackendAddresses {
  std::string identity;
  std::string elections;
  std::vector<std::string> ballotboxes;  // all of them
};

// One of each stream for every worker, served by the worker's own thread: no vote waits for another thread on its way
// out or back. The rest is thread-safe.
class Backends {
 public:
  // Of each worker, the io_context that it serves; they outlive the backends. `partitions` of the ballots stream.
  // Errors: invalid (an address).
  using Contexts = std::vector<std::shared_ptr<boost::asio::io_context>>;
  static Result<std::unique_ptr<Backends>> start(const BackendAddresses& addresses, std::uint32_t partitions,
                                                 const Contexts& contexts, const batch::ClientOptions& options);

  // Used on the worker's thread, but for counters.
  struct Worker {
    std::unique_ptr<CastRouter> cast;
    std::unique_ptr<batch::Client<rpc::IssueTraits>> issue;
    std::unique_ptr<batch::Client<rpc::DevelopmentSignInTraits>> development_sign_in;

    // What was submitted leaves now.
    void flush();
  };
  Worker& worker(unsigned index) { return workers_[index]; }
  const std::vector<Worker>& workers() const { return workers_; }
  // Does it on the worker's thread. Any thread.
  template <class Task>
  void post(unsigned worker, Task&& task) {
    boost::asio::post(*contexts_[worker], std::forward<Task>(task));
  }

  v1::Elections::Stub& elections() { return *elections_; }
  v1::Identity::Stub& identity() { return *identity_; }
  BallotBoxWatch& ballot_boxes() { return ballot_boxes_; }
  std::uint32_t partitions() const { return partitions_; }
  // Whether a connection to `elections` stands; asks for one when not.
  bool reaches_elections();

 private:
  Backends(const BackendAddresses& addresses, std::uint32_t partitions);

  const std::uint32_t partitions_;
  BallotBoxWatch ballot_boxes_;
  Contexts contexts_;
  std::vector<Worker> workers_;
  std::shared_ptr<grpc::Channel> elections_channel_;
  std::unique_ptr<v1::Elections::Stub> elections_;
  std::unique_ptr<v1::Identity::Stub> identity_;
};

}  // namespace ostraka::gateway
