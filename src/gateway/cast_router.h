// The votes of one worker, on their way to the ballot boxes that serve their partitions.
//
// A vote whose ballot box does not take it, or is lost with it, waits for another one and is sent there, until its
// deadline: to send a vote again is safe at any time, and whoever answers tells the truth. The worker keeps the vote's
// bytes meanwhile; nothing is copied for it but into the batch that travels.
//
// Used on the worker's thread, but for counters.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <vector>

#include "gateway/ballot_box_watch.h"
#include "net/batch/client.h"
#include "net/rpc/batch_streams.h"

namespace ostraka::gateway {

class CastRouter {
 public:
  using Client = batch::Client<rpc::CastTraits>;
  using Time = Client::Time;
  using Done = Client::Done;

  // The watch outlives it. One address of batch streams for each ballot box of the watch, in its order.
  CastRouter(boost::asio::io_context& io, BallotBoxWatch& watch, const std::vector<batch::StreamsAddress>& addresses,
             const batch::ClientOptions& options);
  // Everything unanswered gets null.
  ~CastRouter();

  // False, and `done` is left as it is, when too many are on their way. REQUIRES: the request's views live until `done`
  // runs, which gets null when the deadline passed without an answer.
  [[nodiscard]] bool submit(const rpc::CastRequest& request, Partition partition, Time deadline, Done&& done);

  // What was submitted leaves now, if there is room.
  void flush();

  // Any thread. Of all ballot boxes together.
  batch::ClientCounters counters() const;
  std::uint64_t sent_again() const { return sent_again_.load(std::memory_order_relaxed); }

 private:
  // One vote from submit() to its answer.
  struct Attempt {
    rpc::CastRequest request;
    Partition partition;
    Time deadline;
    Done done;
  };

  std::unique_ptr<Attempt> take_attempt();
  void finish(std::unique_ptr<Attempt> attempt, rpc::CastReply* reply);
  bool send(std::unique_ptr<Attempt>& attempt);
  void answered(std::unique_ptr<Attempt> attempt, rpc::CastReply* reply);
  void wait(std::unique_ptr<Attempt> attempt);
  void take_routes();
  void tick_later();
  void tick();

  BallotBoxWatch& watch_;
  const std::size_t waiting_max_;
  boost::asio::steady_timer tick_;
  std::shared_ptr<bool> is_here_ = std::make_shared<bool>(true);  // what the timer's last handler asks
  bool is_ticking_ = false;
  bool is_ending_ = false;
  std::uint64_t version_ = 0;
  std::shared_ptr<const BallotBoxRoutes> routes_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Attempt>> waiting_;  // for somebody who serves their partition
  std::vector<std::unique_ptr<Attempt>> free_;
  std::atomic<std::uint64_t> sent_again_{0};
};

}  // namespace ostraka::gateway
