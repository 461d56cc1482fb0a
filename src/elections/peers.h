// The services that `elections` asks before it answers an administrator.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

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
  Peers(std::string identity_address, std::string ballotbox_address);

  // Identity makes the election's pepper unless there is one, and commits to it.
  Result<std::string> prepare(const std::string& election);

  // Returns when every partition has applied the `elections` stream up to `end` and its markers are durable.
  Result<Settled> settle(const std::string& election, Offset end);

 private:
  std::unique_ptr<v1::Identity::Stub> identity_;
  std::unique_ptr<v1::BallotBox::Stub> ballotbox_;
};

}  // namespace ostraka::elections
