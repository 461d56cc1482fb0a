#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "base/check.h"
#include "net/rpc/batch_client.h"
#include "net/rpc/batch_server.h"
#include "net/rpc/batch_streams.h"
#include "net/rpc/transport.h"
#include "parts/parts.h"

namespace ostraka::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_in_flight_batches = 4;

// Answers at once, on gRPC's thread: the hop and nothing else.
class Answering final : public v1::BallotBox::CallbackService {
 public:
  grpc::ServerBidiReactor<v1::CastBatch, v1::CastReplies>* Cast(grpc::CallbackServerContext*) override {
    return server_.accept();
  }

 private:
  using Batches = rpc::BatchServer<v1::CastBatch, v1::CastReplies>;
  Batches server_{[](std::unique_ptr<Batches::Call> call) {
    for (int i = 0; i < call->batch().votes_size(); ++i) {
      v1::CastReply& reply = *call->replies().add_replies();
      reply.set_outcome(v1::CAST_OUTCOME_COUNTED);
      reply.set_offset(static_cast<std::uint64_t>(i));
      reply.set_ballot_hash(std::string(16, 'h'));
    }
    Batches::Call::finish(std::move(call));
  }};
};

// Submits so many requests in a row, and the next row when there is room for one.
Json hop_of(const std::string& address, std::size_t batch, double seconds) {
  rpc::Ticker ticker;
  rpc::BatchClientOptions options;
  options.departure = rpc::Departure::at_flush;
  options.batch_max = batch;
  options.in_flight_max = k_in_flight_batches;
  rpc::BatchClient<rpc::CastTraits> client(v1::BallotBox::NewStub(rpc::make_channel(address)), ticker, options);
  std::mutex mutex;  // guards the next two
  std::condition_variable answered;
  std::size_t pending = 0;
  std::uint64_t done = 0;
  const std::string token(280, 't');
  const std::string body(30, 'b');
  const auto fill = [&](v1::CastRequest& vote) {
    vote.set_election("song");
    vote.set_ballot_token(token);
    vote.set_body(body);
  };
  const Stopwatch watch;
  while (watch.seconds() < seconds) {
    {
      std::unique_lock lock(mutex);
      answered.wait(lock, [&] { return pending < k_in_flight_batches * batch; });
      pending += batch;
    }
    for (std::size_t i = 0; i < batch; ++i) {
      rpc::BatchClient<rpc::CastTraits>::Done one([&](v1::CastReply* reply) {
        check(reply != nullptr, "an answer");
        const std::lock_guard lock(mutex);
        ++done;
        if (--pending % batch == 0) {
          answered.notify_one();
        }
      });
      check(client.submit_filled(std::chrono::steady_clock::now() + 60s, std::move(one), fill), "room for a request");
    }
    client.flush();
  }
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return pending == 0; });
  return {{"batch", batch},
          {"requests_per_second", static_cast<double>(done) / watch.seconds()},
          {"cpu_us_per_request", watch.cpu_seconds() * 1e6 / static_cast<double>(done)},
          {"requests_a_batch", static_cast<double>(done) / static_cast<double>(client.counters().batches)}};
}

}  // namespace

Json rpc_hop(const Size& size) {
  const std::string path = std::filesystem::temp_directory_path() / ("ostraka-parts-" + std::to_string(getpid()) + ".sock");
  Answering service;
  const auto server = rpc::Server::start("unix:" + path, {&service});
  check(server.has_value(), "a server");
  Json figures = Json::array();
  for (const std::size_t batch : {1, 8, 32, 64, 256}) {
    figures.push_back(hop_of("unix:" + path, batch, 2 * size.seconds));
  }
  (*server)->shut_down(1s);
  std::filesystem::remove(path);
  return figures;
}

}  // namespace ostraka::bench
