#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/check.h"
#include "net/batch/client.h"
#include "net/batch/io_thread.h"
#include "net/batch/server.h"
#include "net/rpc/batch_streams.h"
#include "parts/parts.h"

namespace ostraka::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_in_flight_batches = 4;

// Answers at once, on the server's thread: the hop and nothing else.
void answer(std::unique_ptr<batch::Call> call) {
  std::vector<rpc::CastRequest> votes;
  check(rpc::read_cast_requests(call->batch(), votes), "a batch of votes");
  const std::string hash(16, 'h');
  for (std::size_t i = 0; i < votes.size(); ++i) {
    rpc::CastReply reply;
    reply.outcome = v1::CAST_OUTCOME_COUNTED;
    reply.offset = i;
    reply.ballot_hash = hash;
    rpc::append_cast_reply(reply, call->reply());
  }
  batch::Call::finish(std::move(call));
}

// Submits so many requests in a row, and the next row when there is room for one.
Json hop_of(const std::string& address, std::size_t row, double seconds) {
  batch::ClientOptions options;
  options.departure = batch::Departure::at_flush;
  options.batch_max = row;
  options.in_flight_max = k_in_flight_batches;
  batch::IoThread thread;
  std::optional<batch::Client<rpc::CastTraits>> client;
  thread.run([&] { client.emplace(thread.io(), batch::streams_address(address).value(), options); });
  std::mutex mutex;  // guards the next two
  std::condition_variable answered;
  std::size_t pending = 0;
  std::uint64_t done = 0;
  const std::string token(280, 't');
  const std::string body(30, 'b');
  const auto submit_row = [&] {
    for (std::size_t i = 0; i < row; ++i) {
      batch::Client<rpc::CastTraits>::Done one([&](rpc::CastReply* reply) {
        check(reply != nullptr, "an answer");
        const std::lock_guard lock(mutex);
        ++done;
        if (--pending % row == 0) {
          answered.notify_one();
        }
      });
      const auto deadline = std::chrono::steady_clock::now() + 60s;
      check(client->submit({"song", token, body}, deadline, std::move(one)), "room for a request");
    }
    client->flush();
  };
  const Stopwatch watch;
  while (watch.seconds() < seconds) {
    {
      std::unique_lock lock(mutex);
      answered.wait(lock, [&] { return pending < k_in_flight_batches * row; });
      pending += row;
    }
    thread.post(submit_row);
  }
  {
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return pending == 0; });
  }
  const double seconds_taken = watch.seconds();
  const double cpu_seconds = watch.cpu_seconds();
  const std::uint64_t batches = client->counters().batches;
  thread.run([&] { client.reset(); });
  return {{"batch", row},
          {"requests_per_second", static_cast<double>(done) / seconds_taken},
          {"cpu_us_per_request", cpu_seconds * 1e6 / static_cast<double>(done)},
          {"requests_a_batch", static_cast<double>(done) / static_cast<double>(batches)}};
}

}  // namespace

Json rpc_hop(const Size& size) {
  const std::string path = std::filesystem::temp_directory_path() / ("ostraka-parts-" + std::to_string(getpid()) + ".sock");
  const auto server = batch::Server::start("unix:" + path, {{std::string(rpc::k_cast_stream), answer}});
  check(server.has_value(), "a server");
  Json figures = Json::array();
  for (const std::size_t row : {1, 8, 32, 64, 256}) {
    figures.push_back(hop_of("unix:" + path, row, 2 * size.seconds));
  }
  std::filesystem::remove(std::filesystem::path(path).replace_extension(".streams.sock"));
  return figures;
}

}  // namespace ostraka::bench
