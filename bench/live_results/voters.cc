#include "live_results/voters.h"

#include <fmt/core.h>

#include <algorithm>

#include "live_results/event_scan.h"

namespace ostraka::bench {

namespace {

constexpr std::chrono::milliseconds k_turn_max{100};
constexpr int k_created = 201;
constexpr int k_ok = 200;

}  // namespace

std::vector<std::string> ballot_tokens(const Voting& voting, const std::string& name_prefix, std::size_t count) {
  std::vector<std::string> tokens(count);
  const std::string token_target = fmt::format("/v1/elections/{}/ballot-tokens", voting.election);
  std::size_t begun = 0;
  std::size_t done = 0;
  RequestPool* asking = nullptr;
  const auto sign_in = [&] {
    if (begun < count) {
      const std::string body = fmt::format(R"({{"name":"{}{}"}})", name_prefix, begun);
      asking->send(2 * begun, post({"/v1/development/sign-in", {}, body}));
      ++begun;
    }
  };
  // Even tags are sign-ins, odd ones the tokens that follow.
  RequestPool pool(voting.port, voting.connections, [&](std::uint64_t tag, int status, std::string_view body) {
    if (status != k_ok && status != k_created) {
      give_up(fmt::format("no token: {} {}", status, body));
    }
    if (tag % 2 == 0) {
      return asking->send(tag + 1, post({token_target, string_behind(body, R"("id_token":)"), {}}));
    }
    tokens[tag / 2] = string_behind(body, R"("ballot_token":)");
    ++done;
    sign_in();
  });
  asking = &pool;
  for (std::size_t i = 0; i < voting.connections; ++i) {
    sign_in();
  }
  while (done < count) {
    pool.turn(k_turn_max);
  }
  return tokens;
}

VoteStream::VoteStream(const Voting& voting, std::vector<std::string> tokens, const Pace& pace, Lag& lag)
    : voting_(voting),
      tokens_(std::move(tokens)),
      pace_(pace),
      lag_(lag),
      target_(fmt::format("/v1/elections/{}/votes", voting.election)),
      pool_(voting.port, voting.connections, [this](std::uint64_t vote, int status, std::string_view body) {
        answered(vote, status, body);
      }) {}

Time VoteStream::due(std::size_t vote) const {
  const std::chrono::duration<double> after(static_cast<double>(vote) / pace_.per_second);
  return begun_ + std::chrono::duration_cast<std::chrono::nanoseconds>(after);
}

void VoteStream::turn() {
  const Time now = std::chrono::steady_clock::now();
  while (next_ < tokens_.size() && due(next_) <= now) {
    pool_.send(next_, post({target_, tokens_[next_], voting_.ballot}));
    ++next_;
  }
  backlog_max_ = std::max(backlog_max_, pool_.unanswered());
  pool_.turn(std::chrono::nanoseconds(0));
}

std::chrono::nanoseconds VoteStream::until_next() const {
  if (next_ == tokens_.size()) {
    return k_turn_max;
  }
  return std::max<std::chrono::nanoseconds>(std::chrono::nanoseconds(0),
                                            due(next_) - std::chrono::steady_clock::now());
}

void VoteStream::answered(std::uint64_t vote, int status, std::string_view body) {
  const Time now = std::chrono::steady_clock::now();
  ++statuses_[status];
  if (due(vote) < warm_at_) {
    return;
  }
  latency_.add(now - due(vote));
  if (status == k_created && vote % pace_.sample_every == 0) {
    lag_.sample(number_behind(body, R"("partition":)", 0), number_behind(body, R"("offset":)", 0), now);
  }
}

std::uint64_t VoteStream::answered(int status) const {
  const auto found = statuses_.find(status);
  return found == statuses_.end() ? 0 : found->second;
}

std::uint64_t VoteStream::answered() const {
  std::uint64_t count = 0;
  for (const auto& [status, of_status] : statuses_) {
    count += of_status;
  }
  return count;
}

}  // namespace ostraka::bench
