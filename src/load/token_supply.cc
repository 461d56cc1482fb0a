#include "load/token_supply.h"

namespace ostraka::load {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_chunk_tokens = 4'096;
constexpr std::size_t k_chunks_asked_max = 8;  // at a time: identity's writers want company, its queues have an end
constexpr auto k_answer_deadline = 10s;
constexpr auto k_ask_again_after = 100ms;
constexpr auto k_silence_max = 30s;

}  // namespace

TokenSupply::TokenSupply(const TokenSupplyOptions& options) : options_(options) {
  if (const auto address = batch::streams_address(options.identity); !address) {
    outcome_ = tl::make_unexpected(address.error());
  } else if (options.kind == TokenKind::ballot) {
    ballot_client_.emplace(*address);
  } else {
    id_client_.emplace(*address);
  }
  thread_ = std::thread([this] { run(); });
}

TokenSupply::~TokenSupply() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ballot_client_.reset();  // calls answered() for what is on its way
  id_client_.reset();
}

void TokenSupply::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_ && outcome_) {
    std::size_t incomplete = 0;
    for (const auto& chunk : chunks_) {
      incomplete += chunk->missing > 0 ? 1 : 0;
    }
    const bool has_room = asked_ - taken_ + k_chunk_tokens <= std::max(options_.ahead_max, k_chunk_tokens);
    if (incomplete == 0) {
      last_came_ = std::chrono::steady_clock::now();  // silence is what follows a question
    }
    if (!refused_.empty()) {
      changed_.wait_for(lock, k_ask_again_after, [this] { return is_stopping_; });
    }
    std::vector<std::pair<std::shared_ptr<Chunk>, std::size_t>> now = std::exchange(refused_, {});
    if (now.empty() && asked_ < options_.voters && has_room && incomplete < k_chunks_asked_max) {
      auto chunk = std::make_shared<Chunk>();
      chunk->first = asked_;
      chunk->tokens.resize(std::min<std::uint64_t>(k_chunk_tokens, options_.voters - asked_));
      chunk->missing = chunk->tokens.size();
      asked_ += chunk->tokens.size();
      chunks_.push_back(chunk);
      for (std::size_t i = 0; i < chunk->tokens.size(); ++i) {
        now.emplace_back(chunk, i);
      }
    }
    if (now.empty()) {
      changed_.wait_for(lock, k_ask_again_after);
    } else {
      lock.unlock();
      for (const auto& [chunk, index] : now) {
        ask(chunk, index);
      }
      lock.lock();
    }
    if (incomplete > 0 && std::chrono::steady_clock::now() - last_came_ > k_silence_max) {
      outcome_ = fail(ErrorKind::unavailable, "no token came for {} s", k_silence_max.count());
    }
  }
  changed_.notify_all();
}

void TokenSupply::ask(const std::shared_ptr<Chunk>& chunk, std::size_t index) {
  std::string name = options_.voter_prefix + std::to_string(chunk->first + index);
  const auto deadline = std::chrono::steady_clock::now() + k_answer_deadline;
  if (options_.kind == TokenKind::id) {
    return id_client_->submit(std::move(name), deadline,
                              [this, chunk, index](std::string* token) { signed_in(chunk, index, token); });
  }
  v1::IssueRequest request;
  request.set_election(options_.election);
  request.set_development_name(std::move(name));
  ballot_client_->submit(std::move(request), deadline,
                         [this, chunk, index](v1::IssueReply* reply) { answered(chunk, index, reply); });
}

void TokenSupply::signed_in(const std::shared_ptr<Chunk>& chunk, std::size_t index, std::string* id_token) {
  const std::lock_guard lock(mutex_);
  if (id_token == nullptr) {
    refused_.emplace_back(chunk, index);
  } else if (id_token->empty()) {
    fail_with({ErrorKind::denied, "the development issuer does not take the voters' names"});
  } else {
    keep(*chunk, index, std::move(*id_token));
  }
}

void TokenSupply::keep(Chunk& chunk, std::size_t index, std::string token) {
  chunk.tokens[index] = std::move(token);
  last_came_ = std::chrono::steady_clock::now();
  if (--chunk.missing == 0) {
    changed_.notify_all();
  }
}

void TokenSupply::answered(const std::shared_ptr<Chunk>& chunk, std::size_t index, v1::IssueReply* reply) {
  const std::lock_guard lock(mutex_);
  if (reply == nullptr || reply->outcome() == v1::ISSUE_OUTCOME_UNAVAILABLE) {
    refused_.emplace_back(chunk, index);
    return;
  }
  if (reply->outcome() != v1::ISSUE_OUTCOME_ISSUED) {
    fail_with({ErrorKind::denied, reply->outcome() == v1::ISSUE_OUTCOME_INVALID_SIGN_IN
                                      ? std::string("the development sign-in is off here")
                                      : reply->detail()});
    return;
  }
  keep(*chunk, index, std::move(*reply->mutable_ballot_token()));
}

void TokenSupply::fail_with(Error error) {
  if (outcome_) {
    outcome_ = tl::make_unexpected(std::move(error));
    changed_.notify_all();
  }
}

Status TokenSupply::wait_until_ahead(const std::function<bool()>& should_stop) {
  std::unique_lock lock(mutex_);
  const auto is_done = [this] {
    const bool is_ahead = asked_ == options_.voters || asked_ - taken_ + k_chunk_tokens > options_.ahead_max;
    return !outcome_ ||
           (is_ahead && std::all_of(chunks_.begin(), chunks_.end(), [](const auto& c) { return c->missing == 0; }));
  };
  while (!changed_.wait_for(lock, k_ask_again_after, is_done)) {
    if (should_stop()) {
      return fail(ErrorKind::unavailable, "interrupted");
    }
  }
  return outcome_;
}

TokenSupply::State TokenSupply::state() {
  if (current_ != nullptr && next_ < current_->tokens.size()) {
    return State::more;
  }
  const std::lock_guard lock(mutex_);
  if (!outcome_) {
    return State::failed;
  }
  if (taken_ == options_.voters) {
    return State::all_taken;
  }
  if (chunks_.empty() || chunks_.front()->missing > 0) {
    return State::waiting;
  }
  current_ = std::move(chunks_.front());
  chunks_.pop_front();
  next_ = 0;
  taken_ += current_->tokens.size();
  changed_.notify_all();
  return State::more;
}

std::optional<VoterToken> TokenSupply::take() {
  if (state() != State::more) {
    return std::nullopt;
  }
  VoterToken taken{current_->first + next_, std::move(current_->tokens[next_])};
  ++next_;
  return taken;
}

Status TokenSupply::outcome() const {
  const std::lock_guard lock(mutex_);
  return outcome_;
}

}  // namespace ostraka::load
