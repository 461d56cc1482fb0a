// Voters: ballot tokens through the API, then votes at a rate that does not ask whether the last ones were answered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "live_results/lag.h"
#include "live_results/request_pool.h"
#include "load/core/histogram.h"

namespace ostraka::bench {

struct Voting {
  std::uint16_t port = 0;
  std::string election;
  std::string ballot;  // the body of every vote
  std::size_t connections = 0;
};

// Signs `count` voters in under new names and gets a token for each. Ends the program when one is refused.
std::vector<std::string> ballot_tokens(const Voting& voting, const std::string& name_prefix, std::size_t count);

// One phase of votes.
class VoteStream {
 public:
  struct Pace {
    double per_second = 0;
    std::chrono::milliseconds warm_up{0};  // at the beginning: sent, not measured
    std::size_t sample_every = 1;
  };

  // Votes are due from now on, one for each token. The lag outlives it.
  VoteStream(const Voting& voting, std::vector<std::string> tokens, const Pace& pace, Lag& lag);

  // Sends what is due, takes what was answered.
  void turn();
  // Until the next vote is due; zero when it is.
  std::chrono::nanoseconds until_next() const;
  bool is_done() const { return next_ == tokens_.size() && pool_.unanswered() == 0; }
  std::chrono::nanoseconds length() const { return due(tokens_.size()) - begun_; }

  int descriptor() const { return pool_.descriptor(); }
  const Histogram& latency() const { return latency_; }
  std::uint64_t answered(int status) const;
  std::uint64_t answered() const;
  std::size_t backlog_max() const { return backlog_max_; }

 private:
  Time due(std::size_t vote) const;
  void answered(std::uint64_t vote, int status, std::string_view body);

  const Voting voting_;
  const std::vector<std::string> tokens_;
  const Pace pace_;
  Lag& lag_;
  const Time begun_ = std::chrono::steady_clock::now();
  const Time warm_at_ = begun_ + pace_.warm_up;
  const std::string target_;
  std::size_t next_ = 0;
  std::size_t backlog_max_ = 0;
  Histogram latency_;
  std::map<int, std::uint64_t> statuses_;
  RequestPool pool_;
};

}  // namespace ostraka::bench
