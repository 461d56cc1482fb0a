// ostraka-sign-in-bench: sends ID tokens to `identity` and counts the ballot tokens that come back. bench/sign_in/run
// starts everything around it and talks to it over its standard streams: a line of JSON for each line that it reads.
//
//   start                      -> {"jwks":…}     then the issuers file can be written
//   sign ELECTION N            -> {"tokens":N}
//   load SECONDS INVENTED      -> figures; INVENTED: tokens with invented key ids of the second issuer, a second
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

#include "net/batch/threaded_client.h"
#include "net/rpc/batch_streams.h"
#include "sign_in/issuer_key.h"

namespace {

using namespace ostraka;
using Time = std::chrono::steady_clock::time_point;

constexpr std::size_t k_in_flight_max = 1'024;  // closed loop: a new request for each answer
constexpr std::chrono::seconds k_deadline{20};

class Load {
 public:
  Load(batch::ThreadedClient<rpc::IssueTraits>& client, std::string election, const std::vector<std::string>& tokens,
       const std::vector<std::string>& invented)
      : client_(client), election_(std::move(election)), tokens_(tokens), invented_(invented) {}

  std::string run(std::chrono::seconds time, int invented_per_second) {
    const Time begun = std::chrono::steady_clock::now();
    for (std::size_t next = 0; std::chrono::steady_clock::now() < begun + time;) {
      invent(begun, invented_per_second);
      if (in_flight_ < k_in_flight_max) {
        send(tokens_[next++ % tokens_.size()], issued_);
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
    while (in_flight_ > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    std::sort(latencies_us_.begin(), latencies_us_.end());
    return fmt::format(
        R"({{"issued":{},"refused":{},"invented":{},"seconds":{:.3f},"per_second":{:.0f},"p50_ms":{:.2f},"p99_ms":{:.2f}}})",
        issued_.load(), refused_.load(), invented_sent_, seconds, static_cast<double>(issued_) / seconds,
        quantile_ms(0.5), quantile_ms(0.99));
  }

 private:
  void invent(Time begun, int per_second) {
    const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (!invented_.empty() && static_cast<double>(invented_sent_) < passed * per_second) {
      send(invented_[invented_sent_++ % invented_.size()], wrongly_issued_);
    }
  }

  void send(const std::string& id_token, std::atomic<std::uint64_t>& issued) {
    v1::IssueRequest request;
    request.set_election(election_);
    request.set_id_token(id_token);
    ++in_flight_;
    const Time now = std::chrono::steady_clock::now();
    client_.submit(std::move(request), now + k_deadline, [this, now, &issued](v1::IssueReply* reply) {
      const bool is_issued = reply != nullptr && reply->outcome() == v1::ISSUE_OUTCOME_ISSUED;
      ++(is_issued ? issued : refused_);
      {
        const std::lock_guard lock(mutex_);
        latencies_us_.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - now).count());
      }
      --in_flight_;
    });
  }

  double quantile_ms(double share) const {
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(latencies_us_.size()));
    return latencies_us_.empty() ? 0 : static_cast<double>(latencies_us_[std::min(rank, latencies_us_.size() - 1)]) / 1000;
  }

  batch::ThreadedClient<rpc::IssueTraits>& client_;
  const std::string election_;
  const std::vector<std::string>& tokens_;
  const std::vector<std::string>& invented_;
  std::uint64_t invented_sent_ = 0;
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::uint64_t> issued_{0};
  std::atomic<std::uint64_t> wrongly_issued_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::mutex mutex_;  // guards latencies_us_ while the load runs
  std::vector<std::int64_t> latencies_us_;
};

std::string claims(const std::string& issuer, std::size_t voter) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  return fmt::format(
      R"({{"iss":"{}","aud":"bench","sub":"auth0|{:024x}","email":"voter-{}@example.invalid","email_verified":true,)"
      R"("name":"Voter {}","nonce":"n-0S6_WzA2Mj","iat":{},"exp":{}}})",
      issuer, voter, voter, voter, now.count(), now.count() + 3600);
}

void say(const std::string& line) { std::cout << line << std::endl; }

int serve(const std::string& identity, const std::string& issuer, const std::string& second_issuer) {
  const bench::IssuerKey key = bench::IssuerKey::generate();
  batch::ThreadedClient<rpc::IssueTraits> client(batch::streams_address(identity).value());
  std::vector<std::string> tokens;
  std::vector<std::string> invented;
  std::string election;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "start") {
      say(fmt::format(R"({{"jwks":{}}})", key.jwks()));
    } else if (word == "sign") {
      std::size_t count = 0;
      words >> election >> count;
      for (std::size_t i = 0; i < count; ++i) {
        tokens.push_back(key.sign("bench", claims(issuer, i)));
      }
      for (std::size_t i = 0; i < 100; ++i) {
        invented.push_back(key.sign(fmt::format("invented-{}", i), claims(second_issuer, i)));
      }
      say(fmt::format(R"({{"tokens":{}}})", tokens.size()));
    } else if (word == "load") {
      int seconds = 0;
      int invented_per_second = 0;
      words >> seconds >> invented_per_second;
      Load load(client, election, tokens, invented);
      say(load.run(std::chrono::seconds(seconds), invented_per_second));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "ostraka-sign-in-bench IDENTITY-ADDRESS ISSUER SECOND-ISSUER\n";
    return 2;
  }
  return serve(argv[1], argv[2], argv[3]);
}
