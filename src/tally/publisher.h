// Sends counts to every gateway that follows. A follower that is slow gets the latest counts of each election, not all
// of them: they are absolute, so nothing is lost.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ostraka/v1/tally_service.grpc.pb.h"

namespace ostraka::tally {

// Thread-safe.
class Publisher final : public v1::Tally::CallbackService {
 public:
  using Message = std::shared_ptr<const v1::ElectionCounts>;

  grpc::ServerWriteReactor<v1::ElectionCounts>* Follow(grpc::CallbackServerContext* context,
                                                       const v1::FollowRequest* request) override;

  // Until the first call followers get nothing. `counts` replaces what was published of these elections.
  void publish(std::vector<v1::ElectionCounts> counts);

  // Ends all streams.
  void close();

  std::size_t followers() const;

 private:
  class Follower;

  mutable std::mutex mutex_;  // guards everything below; taken before a follower's own
  std::map<std::string, Message> latest_;
  std::set<Follower*> followers_;
  bool begun_ = false;
  bool closed_ = false;
};

}  // namespace ostraka::tally
