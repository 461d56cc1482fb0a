#include "sim/voters.h"

#include "base/bytes.h"
#include "sim/ballots.h"

namespace ostraka::sim {
namespace {

constexpr std::uint32_t k_asks_max = 12;

}  // namespace

Voters::Voters(const Plan& plan, Rng& rng, Events& events, const TrueTime& time, History& history,
               const token::TokenKey& token_key, RevisionOf revision_of, Send send)
    : plan_(plan),
      rng_(rng),
      events_(events),
      time_(time),
      history_(history),
      signer_(token_key),
      forger_(token::TokenKey{token_key.id, std::string(32, 'f')}),
      revision_of_(std::move(revision_of)),
      send_(std::move(send)) {}

void Voters::add(const std::string& election, Method method) {
  Voter voter{election, method, {}, any_ballot(method, rng_), k_asks_max};
  store_le(reinterpret_cast<char*>(voter.key.bytes.data()), rng_.next());
  store_le(reinterpret_cast<char*>(voter.key.bytes.data()) + 8, rng_.next());
  voters_.push_back(std::move(voter));
}

void Voters::start(Milliseconds within) {
  const std::int64_t rush = rng_.between(0, within.count());
  for (std::size_t number = 0; number < voters_.size(); ++number) {
    const bool rushes = rng_.chance(plan_.rushes);
    ask_in(number, Milliseconds(rushes ? rush + rng_.between(0, 20) : rng_.between(0, within.count())));
  }
}

void Voters::ask_in(std::size_t number, Milliseconds delay) {
  events_.in(delay, [this, number] {
    if (!retired_) {
      ask(number);
    }
  });
}

RequestKind Voters::draw_kind() {
  if (!rng_.chance(plan_.bad_request)) {
    return RequestKind::honest;
  }
  switch (rng_.below(4)) {
    case 0:
      return RequestKind::forged_token;
    case 1:
      return RequestKind::invalid_ballot;
    case 2:
      return RequestKind::malformed_body;
    default:
      return RequestKind::misrouted;
  }
}

void Voters::ask(std::size_t number) {
  Voter& voter = voters_[number];
  if (voter.asks_left == 0) {
    return;
  }
  --voter.asks_left;
  const RequestKind kind = draw_kind();
  Request request = request_of(voter, kind, voter.ballot);
  request.voter_number = number;
  if (rng_.chance(plan_.asks_twice_at_once)) {
    // A double click, or another device with another mind.
    Request other = request_of(voter, RequestKind::honest,
                               rng_.chance(plan_.changes_mind) ? any_ballot(voter.method, rng_) : voter.ballot);
    other.voter_number = number;
    send_(std::move(other));
  }
  send_(std::move(request));
}

void Voters::retire() {
  retired_ = true;
}

void Voters::ask_all() {
  for (std::size_t number = 0; number < voters_.size(); ++number) {
    Request request = request_of(voters_[number], RequestKind::honest, voters_[number].ballot);
    request.voter_number = number;
    send_(std::move(request));
  }
}

std::string Voters::token_of(const Voter& voter, RequestKind kind, std::uint64_t revision) {
  const WallTime now = std::chrono::floor<std::chrono::seconds>(time_.wall());
  token::BallotToken token;
  token.voter = voter.key;
  token.election = voter.election;
  token.revision = revision;
  token.issued_at = now - std::chrono::minutes(2);
  token.expires_at = now + std::chrono::minutes(8);
  if (kind == RequestKind::forged_token) {
    return forger_.sign(token);
  }
  history_.issued.emplace(voter.election, voter.key);
  return signer_.sign(token);
}

Request Voters::request_of(const Voter& voter, RequestKind kind, Ballot ballot) {
  Request request;
  request.kind = kind;
  request.election = voter.election;
  request.voter = voter.key;
  request.ballot = ballot;
  request.revision = revision_of_(voter.election);
  request.token = token_of(voter, kind, request.revision);
  request.body = kind == RequestKind::invalid_ballot   ? invalid_body(rng_)
                 : kind == RequestKind::malformed_body ? malformed_body(rng_)
                                                       : body_of(ballot, voter.method, rng_);
  return request;
}

void Voters::on_reply(const Request& request, ballotbox::CastOutcome outcome) {
  using ballotbox::CastOutcome;
  Voter& voter = voters_[request.voter_number];
  switch (outcome) {
    case CastOutcome::counted:
    case CastOutcome::already_counts:
    case CastOutcome::already_voted:
      if (rng_.chance(plan_.asks_again_later)) {
        if (rng_.chance(plan_.changes_mind)) {
          voter.ballot = any_ballot(voter.method, rng_);
        }
        ask_in(request.voter_number, Milliseconds(rng_.between(1, 3000)));
      }
      return;
    case CastOutcome::unavailable:
    case CastOutcome::not_taken:
      on_silence(request);
      return;
    default:
      ask_in(request.voter_number, Milliseconds(rng_.between(50, 1500)));
  }
}

void Voters::on_silence(const Request& request) {
  if (rng_.chance(plan_.gives_up)) {
    return;
  }
  Voter& voter = voters_[request.voter_number];
  if (rng_.chance(plan_.changes_mind)) {
    voter.ballot = any_ballot(voter.method, rng_);
  }
  ask_in(request.voter_number, Milliseconds(rng_.between(5, 300)));
}

}  // namespace ostraka::sim
