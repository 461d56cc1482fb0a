// Tokens of many voters, from `identity`'s development issuer: ballot tokens, issued on the stream like any other, or
// ID tokens, for voters who exchange them themselves. Fetched by a thread of its own, a bounded number ahead of need
// (tokens live for minutes).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/batch/threaded_client.h"
#include "net/rpc/batch_streams.h"

namespace ostraka::load {

enum class TokenKind { ballot, id };

struct TokenSupplyOptions {
  std::string identity;  // its RPC address
  std::string election;
  std::string voter_prefix;  // voter n signs in as this and n
  std::uint64_t voters = 0;
  std::size_t ahead_max = 1'000'000;  // tokens that nobody has taken yet: 0.3 KB each
  TokenKind kind = TokenKind::ballot;
};

struct VoterToken {
  std::uint64_t voter = 0;
  std::string token;
};

// take() and wait_until_ahead() from one thread.
class TokenSupply {
 public:
  explicit TokenSupply(const TokenSupplyOptions& options);
  ~TokenSupply();

  // Until as many as may be ahead are there, or all. Errors: denied (the development issuer is off, or the election
  // gives no tokens), unavailable (no token came for too long, or should_stop, asked a few times a second, said so).
  Status wait_until_ahead(const std::function<bool()>& should_stop);

  enum class State { more, waiting, all_taken, failed };
  // What take() will do next.
  State state();
  // In the order of the voters. Nothing unless state() is `more`.
  std::optional<VoterToken> take();
  TokenKind kind() const { return options_.kind; }
  // Why it failed.
  Status outcome() const;

 private:
  struct Chunk {
    std::uint64_t first = 0;
    std::vector<std::string> tokens;
    std::size_t missing = 0;
  };
  using BallotClient = batch::ThreadedClient<rpc::IssueTraits>;
  using IdClient = batch::ThreadedClient<rpc::DevelopmentSignInTraits>;

  void run();
  void ask(const std::shared_ptr<Chunk>& chunk, std::size_t index);
  void answered(const std::shared_ptr<Chunk>& chunk, std::size_t index, v1::IssueReply* reply);
  void signed_in(const std::shared_ptr<Chunk>& chunk, std::size_t index, std::string* id_token);
  void keep(Chunk& chunk, std::size_t index, std::string token);
  void fail_with(Error error);

  const TokenSupplyOptions options_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Chunk>> chunks_;  // asked for and not taken, in order
  std::vector<std::pair<std::shared_ptr<Chunk>, std::size_t>> refused_;  // to be asked for again
  std::uint64_t asked_ = 0;
  std::uint64_t taken_ = 0;
  std::chrono::steady_clock::time_point last_came_ = std::chrono::steady_clock::now();
  Status outcome_;
  bool is_stopping_ = false;

  std::shared_ptr<Chunk> current_;  // the taker's own, as is the next
  std::size_t next_ = 0;

  std::optional<BallotClient> ballot_client_;  // the one of the two that is asked
  std::optional<IdClient> id_client_;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace ostraka::load
