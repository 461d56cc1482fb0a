#include "load/load_run.h"

#include <fmt/format.h>

#include <algorithm>

namespace ostraka::load {

namespace {

using namespace std::chrono_literals;

constexpr auto k_vote_time_max = 30s;  // from when it was due; then it failed
constexpr auto k_reply_time_max = 10s;
constexpr auto k_pause = 50ms;
constexpr auto k_wait_max = 10ms;
constexpr auto k_opening_stalls_after = 1s;
constexpr std::size_t k_voted_kept = 16'384;

bool may_be_sent_again(unsigned status) { return status == 503 || status == 429 || status == 0; }

constexpr std::string_view k_token_tail = "\r\nContent-Length: 0\r\n\r\n";

// Of `identity`'s reply, as the gateway writes it; empty when there is none in it.
std::string_view ballot_token_in(std::string_view reply) {
  constexpr std::string_view k_member = "\"ballot_token\":\"";
  const std::size_t at = reply.find(k_member);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = reply.substr(at + k_member.size());
  return rest.substr(0, rest.find('"'));
}

std::vector<std::string> tails_of(const std::vector<std::string>& bodies) {
  std::vector<std::string> tails;
  for (const std::string& body : bodies) {
    tails.push_back(fmt::format("\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  }
  return tails;
}

}  // namespace

LoadRun::LoadRun(const LoadOptions& options, TokenSupply& tokens, LoadObserver observer)
    : options_(options),
      tokens_(tokens),
      observer_(std::move(observer)),
      head_(fmt::format("POST /v1/elections/{}/votes HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n"
                        "Authorization: Bearer ",
                        options.election, options.host)),
      token_head_(fmt::format("POST /v1/elections/{}/ballot-tokens HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer ",
                              options.election, options.host)),
      tails_(tails_of(options.bodies)),
      connections_(options.connections,
                   {[this](std::size_t connection, const Reply& reply) { on_reply(connection, reply); },
                    [this](std::size_t connection) { on_broken(connection); }}),
      on_their_way_(options.connections.count) {}

Result<LoadFigures> LoadRun::operator()() {
  open_connections();
  if (observer_.on_begun) {
    observer_.on_begun();
  }
  const Time begun = std::chrono::steady_clock::now();
  const Time ends = options_.duration.count() > 0 ? begun + options_.duration : Time::max();
  pace_.emplace(options_.rate, begun, ends);
  next_second_ = begun + 1s;
  Time now = begun;
  while (!has_ended(now)) {
    send_what_is_due(now);
    connections_.poll(until_next(now));
    now = std::chrono::steady_clock::now();
    keep_time(now);
  }
  if (Status outcome = tokens_.outcome(); !outcome) {
    return tl::make_unexpected(outcome.error());
  }
  end_starving(now);
  figures_.connections = connections_.figures();
  figures_.seconds = std::chrono::duration<double>(now - begun).count();
  return figures_;
}

// The kept ones first, for two thousand TLS handshakes are not what is measured: until all are open, or no more will
// be.
void LoadRun::open_connections() {
  std::size_t before = 0;
  for (Time progress = std::chrono::steady_clock::now();
       connections_.free() < options_.connections.count &&
       std::chrono::steady_clock::now() - progress < k_opening_stalls_after;) {
    connections_.poll(k_wait_max);
    if (connections_.free() > before) {
      before = connections_.free();
      progress = std::chrono::steady_clock::now();
    }
  }
}

bool LoadRun::has_ended(Time now) {
  const TokenSupply::State tokens = tokens_.state();
  const bool no_more = is_stopping_ || tokens == TokenSupply::State::failed || tokens == TokenSupply::State::all_taken ||
                       (pace_->is_over(now) && !is_more_due());
  return no_more && connections_.busy() == 0 && paused_.empty();
}

// In an open loop what was due is owed, also when nobody was free to send it in time.
bool LoadRun::is_more_due() const { return pace_->is_open_loop() && !pace_->is_over(pace_->due(begun_votes_)); }

void LoadRun::send_what_is_due(Time now) {
  while (connections_.has_free() && !paused_.empty() && paused_.front().until <= now) {
    Vote vote = std::move(paused_.front().vote);
    paused_.pop_front();
    ++figures_.sent_again;
    send(std::move(vote), now);
  }
  while (connections_.has_free() && begin_next(now)) {
  }
}

// False when nothing is due, or there is no token for it.
bool LoadRun::begin_next(Time now) {
  const Time due = pace_->is_open_loop() ? pace_->due(begun_votes_) : now;
  if (is_stopping_ || due > now || pace_->is_over(due)) {
    return false;
  }
  std::optional<Vote> vote = next_vote(due);
  has_no_token_ = !vote;
  if (!vote) {
    if (starved_since_ == Time{} && tokens_.state() == TokenSupply::State::waiting) {
      starved_since_ = now;
    }
    return false;
  }
  end_starving(now);
  ++begun_votes_;
  ++figures_.sent;
  send(std::move(*vote), now);
  return true;
}

void LoadRun::end_starving(Time now) {
  if (starved_since_ != Time{}) {
    figures_.starved_seconds += std::chrono::duration<double>(now - starved_since_).count();
    starved_since_ = {};
  }
}

bool LoadRun::is_repeat_due() const {
  return !voted_.empty() &&
         static_cast<double>(begun_repeats_) < options_.repeat_share * static_cast<double>(begun_votes_ + 1);
}

std::optional<LoadRun::Vote> LoadRun::next_vote(Time due) {
  if (is_repeat_due()) {
    ++begun_repeats_;
    Vote vote = voted_[next_repeat_++ % voted_.size()];
    vote.due = due;
    return vote;
  }
  std::optional<VoterToken> taken = tokens_.take();
  if (!taken) {
    return std::nullopt;
  }
  const Holds holds = tokens_.kind() == TokenKind::ballot ? Holds::ballot_token : Holds::id_token;
  return Vote{taken->voter, std::move(taken->token), holds, due};
}

void LoadRun::send(Vote vote, Time now) {
  const std::size_t connection = connections_.next_free();
  Vote& kept = on_their_way_[connection];
  kept = std::move(vote);
  if (kept.holds == Holds::id_token) {
    connections_.send({token_head_, kept.token, k_token_tail}, now);
  } else {
    connections_.send({head_, kept.token, tails_[kept.voter % tails_.size()]}, now);
  }
}

void LoadRun::on_reply(std::size_t connection, const Reply& reply) {
  const Time now = std::chrono::steady_clock::now();
  Vote vote = std::move(on_their_way_[connection]);
  if (may_be_sent_again(reply.status)) {
    return try_later(std::move(vote), now, reply.status);
  }
  if (vote.holds == Holds::ballot_token) {
    return settle(vote, reply.status, now);
  }
  const std::string_view token = reply.status == 201 ? ballot_token_in(reply.bytes) : std::string_view();
  if (token.empty()) {
    ++figures_.failed;
    ++figures_.refused[reply.status];
    return;
  }
  vote.token = token;
  vote.holds = Holds::ballot_token;
  Vote& kept = on_their_way_[connection];
  kept = std::move(vote);
  if (!connections_.go_on(connection, {head_, kept.token, tails_[kept.voter % tails_.size()]}, now)) {
    try_later(std::move(kept), now, 0);
  }
}

void LoadRun::on_broken(std::size_t connection) {
  try_later(std::move(on_their_way_[connection]), std::chrono::steady_clock::now(), 0);
}

void LoadRun::try_later(Vote vote, Time now, unsigned status) {
  if (is_stopping_ || now - vote.due > k_vote_time_max) {
    return settle(vote, status, now);
  }
  paused_.push_back({std::move(vote), now + k_pause});
}

void LoadRun::settle(Vote& vote, unsigned status, Time now) {
  const bool is_answered = status == 201 || status == 200 || status == 409;
  if (!is_answered) {
    ++figures_.failed;
    ++figures_.refused[status];
    return;
  }
  figures_.latency.add(now - vote.due);
  if (status == 409) {
    ++figures_.conflicted;
    return;
  }
  ++(status == 201 ? figures_.counted : figures_.repeated);
  if (observer_.on_acknowledged) {
    observer_.on_acknowledged(vote.token);
  }
  if (status == 201 && options_.repeat_share > 0) {
    remember(vote);
  }
}

void LoadRun::remember(Vote& vote) {
  if (voted_.size() < k_voted_kept) {
    voted_.push_back(std::move(vote));
  } else {
    voted_[figures_.counted % k_voted_kept] = std::move(vote);
  }
}

// Nobody may be free for long, or ever again: what waits is not sent then, and still comes to an end.
void LoadRun::give_up_on_what_is_late(Time now) {
  while (!paused_.empty() && (is_stopping_ || now - paused_.front().vote.due > k_vote_time_max)) {
    settle(paused_.front().vote, 0, now);
    paused_.pop_front();
  }
  while (!is_stopping_ && is_more_due() && now - pace_->due(begun_votes_) > k_vote_time_max) {
    ++begun_votes_;
    ++figures_.sent;
    ++figures_.failed;
    ++figures_.refused[0];
  }
}

std::chrono::nanoseconds LoadRun::until_next(Time now) const {
  const bool is_due_known =
      is_more_due() && connections_.has_free() && !has_no_token_ && !is_stopping_;
  const Time next = is_due_known ? std::min(now + k_wait_max, pace_->due(begun_votes_)) : now + k_wait_max;
  return std::max<std::chrono::nanoseconds>(0ns, next - now);
}

void LoadRun::keep_time(Time now) {
  if (now < next_tenth_) {
    return;
  }
  next_tenth_ = now + 100ms;
  connections_.break_waiting_since(now - k_reply_time_max);
  if (observer_.should_stop && observer_.should_stop()) {
    is_stopping_ = true;
  }
  give_up_on_what_is_late(now);
  if (now >= next_second_ && observer_.on_second) {
    next_second_ += 1s;
    observer_.on_second(figures_);
  }
}

}  // namespace ostraka::load
