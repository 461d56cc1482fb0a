// The voters of a run: who they are, what they want, and what they do when an answer comes or does not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/events.h"
#include "sim/history.h"
#include "sim/plan.h"
#include "token/ballot_token.h"

namespace ostraka::sim {

struct Voter {
  std::string election;
  Method method = Method::single;
  VoterKey key;
  Ballot ballot = 0;
  std::uint32_t asks_left = 0;
};

class Voters {
 public:
  // Sends a request on its way: to the gateways, or nowhere if the network loses it.
  using Send = std::function<void(Request)>;
  // The election's revision now; 0 when it is not defined.
  using RevisionOf = std::function<std::uint64_t(const std::string& election)>;

  Voters(const Plan& plan, Rng& rng, Events& events, const TrueTime& time, History& history,
         const token::TokenKey& token_key, RevisionOf revision_of, Send send);

  void add(const std::string& election, Method method);
  // Every voter asks once, some time within the span.
  void start(Milliseconds within);
  void on_reply(const Request& request, ballotbox::CastOutcome outcome);
  void on_silence(const Request& request);
  // From now on nobody does anything unasked; ask_all() makes each ask once more, honestly.
  void retire();
  void ask_all();

  std::size_t count() const { return voters_.size(); }

 private:
  void ask_in(std::size_t number, Milliseconds delay);
  void ask(std::size_t number);
  Request request_of(const Voter& voter, RequestKind kind, Ballot ballot);
  std::string token_of(const Voter& voter, RequestKind kind, std::uint64_t revision);
  RequestKind draw_kind();

  const Plan& plan_;
  Rng& rng_;
  Events& events_;
  const TrueTime& time_;
  History& history_;
  token::BallotTokenSigner signer_;
  token::BallotTokenSigner forger_;
  RevisionOf revision_of_;
  Send send_;
  std::vector<Voter> voters_;
  bool retired_ = false;
};

}  // namespace ostraka::sim
