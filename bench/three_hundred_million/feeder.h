// Sends votes to a ballot box as a gateway does, a bounded number on their way, and counts the answers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "keys/key_store.h"
#include "net/batch/client.h"
#include "net/rpc/batch_streams.h"
#include "three_hundred_million/voters.h"

namespace ostraka::bench {

struct FeedOptions {
  std::string ballotbox;  // its RPC address
  std::string keys;       // the keys folder, with its master key
  std::string election;
  std::uint64_t revision = 1;
  std::vector<std::string> bodies;  // of the votes, one for each choice
  std::uint64_t seed = 1;
};

enum class Ballot { own, another };  // the one that follows from the voter, or the next one

struct Feed {
  std::uint64_t votes = 0;
  Ballot ballot = Ballot::own;
  bool are_new = false;  // nobody has voted before: whoever's ballot counts already was sent again on the way
  std::function<std::uint64_t(std::uint64_t)> voter_of = [](std::uint64_t i) { return i; };  // of the i-th vote
};

inline constexpr std::size_t k_outcomes = 10;  // of v1::CastOutcome

struct Fed {
  std::array<std::uint64_t, k_outcomes> answers{};  // by outcome, each vote once
  std::vector<std::uint64_t> counted_by_choice;
  std::uint64_t sent_again = 0;         // because the outcome was unknown
  std::uint64_t already_after_all = 0;  // counted, of those: the first attempt had been, or the second was
  double seconds = 0;
};

// Signs, sends and hears on the thread that calls run().
class Feeder {
 public:
  // Errors: of the keys or the address; unavailable when no key signs yet.
  static Result<std::unique_ptr<Feeder>> open(FeedOptions options);

  // Blocks until every vote has an answer that is not "unknown". `on_progress` is told often how many are
  // answered. Errors: unavailable when nothing is answered for long.
  Result<Fed> run(const Feed& feed, const std::function<void(std::uint64_t)>& on_progress);

 private:
  using Client = batch::Client<rpc::CastTraits>;

  explicit Feeder(FeedOptions options);
  Status refresh_signer();
  void submit(const Feed& feed, std::uint64_t vote, bool is_first_try);
  void answered(std::uint64_t vote, std::uint32_t choice, bool is_first_try, const rpc::CastReply* reply);
  Status hear_answers(std::size_t on_their_way_max);

  const FeedOptions options_;
  std::unique_ptr<keys::KeyFiles> files_;
  std::unique_ptr<keys::KeyStore> store_;
  std::optional<token::BallotTokenSigner> signer_;
  std::chrono::steady_clock::time_point signer_read_{};
  Voters voters_;

  Fed fed_;
  bool are_new_ = false;
  std::uint64_t answered_ = 0;
  std::size_t on_their_way_ = 0;
  std::vector<std::uint64_t> again_;
  std::chrono::steady_clock::time_point answered_at_{};

  boost::asio::io_context io_{1};
  std::optional<Client> client_;  // last: what it answers uses the above
};

}  // namespace ostraka::bench
