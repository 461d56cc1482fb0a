// One run of load: voters with ballot tokens vote over kept connections, at a rate or as fast as answers come. Or each
// comes on a connection of its own, as on the night: with an ID token, which it exchanges for its ballot token there.
//
// A vote without an answer (connection broken, 503, 429, no reply for seconds) is sent again with a pause until its time
// is over: sending it again is always safe. Its latency counts from when it was first due to the answer that settled it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "load/connections.h"
#include "load/core/histogram.h"
#include "load/token_supply.h"

namespace ostraka::load {

struct LoadOptions {
  ConnectionsOptions connections;
  std::string host;  // as in the Host field
  std::string election;
  std::vector<std::string> bodies;  // voter n sends bodies[n % size]
  double rate = 0;                  // votes a second, repeats included; 0: closed loop
  std::chrono::milliseconds duration{};  // zero: until every voter has voted
  double repeat_share = 0;  // of the votes: a voter who has voted sends the same again
};

struct LoadFigures {
  std::uint64_t sent = 0;        // votes that were due, however often each was sent
  std::uint64_t counted = 0;     // 201
  std::uint64_t repeated = 0;    // 200: asked for by repeat_share, or the first answer got lost
  std::uint64_t conflicted = 0;  // 409
  std::uint64_t failed = 0;      // refused, or no answer until its time was over
  std::uint64_t sent_again = 0;
  std::map<unsigned, std::uint64_t> refused;  // by status; 0: no answer in time
  double seconds = 0;  // from the first vote to the last answer
  double starved_seconds = 0;  // when votes were due and no token was there: the run measured `identity` then
  Histogram latency;   // of those with 201, 200 or 409
  ConnectionsFigures connections;
};

struct LoadObserver {
  std::function<void()> on_begun = {};  // kept connections are open, the first vote is next
  std::function<void(std::string_view token)> on_acknowledged = {};  // the vote with this token: 201 or 200
  std::function<void(const LoadFigures&)> on_second = {};
  std::function<bool()> should_stop = {};  // asked ten times a second
};

class LoadRun {
 public:
  LoadRun(const LoadOptions& options, TokenSupply& tokens, LoadObserver observer);

  // Errors: those of the tokens.
  Result<LoadFigures> operator()();

 private:
  enum class Holds { id_token, ballot_token };
  struct Vote {
    std::uint64_t voter = 0;
    std::string token;
    Holds holds = Holds::ballot_token;
    Time due{};
  };
  struct Pause {
    Vote vote;
    Time until;
  };

  void open_connections();
  bool has_ended(Time now);
  bool is_more_due() const;
  void give_up_on_what_is_late(Time now);
  void send_what_is_due(Time now);
  bool begin_next(Time now);
  std::optional<Vote> next_vote(Time due);
  void end_starving(Time now);
  bool is_repeat_due() const;
  void send(Vote vote, Time now);
  void on_reply(std::size_t connection, const Reply& reply);
  void on_broken(std::size_t connection);
  void settle(Vote& vote, unsigned status, Time now);
  void try_later(Vote vote, Time now, unsigned status);
  void remember(Vote& vote);
  std::chrono::nanoseconds until_next(Time now) const;
  void keep_time(Time now);

  const LoadOptions options_;
  TokenSupply& tokens_;
  const LoadObserver observer_;
  const std::string head_;                // of every vote's request, up to the token
  const std::string token_head_;          // of one that asks for a ballot token
  std::vector<std::string> tails_;        // by body: from behind the token to the end
  Connections connections_;
  std::vector<Vote> on_their_way_;        // by connection
  std::deque<Pause> paused_;
  std::vector<Vote> voted_;               // some of those who have: for repeats
  std::size_t next_repeat_ = 0;
  std::uint64_t begun_votes_ = 0;
  std::uint64_t begun_repeats_ = 0;
  std::optional<Pace> pace_;
  Time next_second_{};
  Time next_tenth_{};
  Time starved_since_{};
  bool has_no_token_ = false;  // for what is due
  bool is_stopping_ = false;
  LoadFigures figures_;
};

}  // namespace ostraka::load
