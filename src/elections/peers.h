// The services that `elections` asks before it answers an administrator.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ostraka/v1/ballotbox_service.grpc.pb.h"
#include "ostraka/v1/identity_service.grpc.pb.h"

namespace ostraka::elections {

// Where the ballot boxes stand with one election, per partition.
struct Settled {
  struct Place {
    bool opened = false;
    bool closed = false;
    std::uint64_t closed_at = 0;
  };
  std::map<std::uint32_t, Place> partitions;
};

// Thread-safe. Each call blocks for at most k_peer_deadline and fails with unavailable then.
class Peers {
 public:
  // All ballot boxes, which together serve `partitions`.
  Peers(const std::string& identity_address, const std::vector<std::string>& ballotbox_addresses,
        std::uint32_t partitions);

  // Identity makes the election's pepper unless there is one, and commits to it.
  Result<std::string> prepare(const std::string& election);

  // Returns when every partition has applied the `elections` stream up to `end` and its markers are durable, whichever
  // ballot box did it: one that is away is not waited for when the others have all of them.
  Result<Settled> settle(const std::string& election, Offset end);

 private:
  std::unique_ptr<v1::Identity::Stub> identity_;
  std::vector<std::unique_ptr<v1::BallotBox::Stub>> ballotboxes_;
  const std::uint32_t partitions_;
};

}  // namespace ostraka::elections
