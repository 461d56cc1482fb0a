#include "gateway/cast_router.h"

#include <utility>

namespace ostraka::gateway {
namespace {

// How often a vote that waits is looked at again: what a voter notices of a hand-over.
constexpr std::chrono::milliseconds k_look_again{10};
constexpr std::size_t k_free_attempts_max = 4'096;

}  // namespace

CastRouter::CastRouter(boost::asio::io_context& io, BallotBoxWatch& watch,
                       const std::vector<batch::StreamsAddress>& addresses, const batch::ClientOptions& options)
    : watch_(watch), waiting_max_(options.pending_max), tick_(io), routes_(watch.routes()) {
  for (const batch::StreamsAddress& address : addresses) {
    clients_.push_back(std::make_unique<Client>(io, address, options));
  }
}

CastRouter::~CastRouter() {
  is_ending_ = true;
  tick_.cancel();
  is_here_.reset();
  clients_.clear();
  for (auto& attempt : std::exchange(waiting_, {})) {
    finish(std::move(attempt), nullptr);
  }
}

bool CastRouter::submit(const rpc::CastRequest& request, Partition partition, Time deadline, Done&& done) {
  if (watch_.version() != version_) {
    take_routes();
  }
  if (waiting_.size() >= waiting_max_) {
    return false;
  }
  auto attempt = take_attempt();
  attempt->request = request;
  attempt->partition = partition;
  attempt->deadline = deadline;
  attempt->done = std::move(done);
  if (!send(attempt)) {
    done = std::move(attempt->done);
    free_.push_back(std::move(attempt));
    return false;
  }
  tick_later();
  return true;
}

std::unique_ptr<CastRouter::Attempt> CastRouter::take_attempt() {
  if (free_.empty()) {
    return std::make_unique<Attempt>();
  }
  auto attempt = std::move(free_.back());
  free_.pop_back();
  return attempt;
}

void CastRouter::finish(std::unique_ptr<Attempt> attempt, rpc::CastReply* reply) {
  Done done = std::move(attempt->done);
  if (free_.size() < k_free_attempts_max) {
    free_.push_back(std::move(attempt));
  }
  done(reply);
}

// To whoever serves the partition; else it waits. False, and the attempt stays: too many are on their way there.
bool CastRouter::send(std::unique_ptr<Attempt>& attempt) {
  const std::uint32_t box = routes_->box_of[attempt->partition.value];
  if (box == BallotBoxRoutes::k_nobody) {
    wait(std::move(attempt));
    return true;
  }
  Attempt* const kept = attempt.release();  // the promise below has it
  const bool is_sent = clients_[box]->submit(
      kept->request, kept->deadline,
      [this, kept](rpc::CastReply* reply) { answered(std::unique_ptr<Attempt>(kept), reply); });
  if (!is_sent) {
    attempt.reset(kept);
  }
  return is_sent;
}

void CastRouter::answered(std::unique_ptr<Attempt> attempt, rpc::CastReply* reply) {
  const bool is_taken = reply != nullptr && reply->outcome != v1::CAST_OUTCOME_NOT_TAKEN;
  if (is_taken || is_ending_ || std::chrono::steady_clock::now() >= attempt->deadline) {
    return finish(std::move(attempt), reply);
  }
  sent_again_.fetch_add(1, std::memory_order_relaxed);
  wait(std::move(attempt));
}

void CastRouter::wait(std::unique_ptr<Attempt> attempt) {
  if (waiting_.empty()) {
    watch_.hurry();
  }
  waiting_.push_back(std::move(attempt));
  tick_later();
}

void CastRouter::take_routes() {
  version_ = watch_.version();
  routes_ = watch_.routes();
  for (std::size_t box = 0; box < clients_.size(); ++box) {
    if (routes_->is_lost[box]) {
      clients_[box]->give_up();
    }
  }
}

void CastRouter::flush() {
  for (const auto& client : clients_) {
    client->flush();
  }
}

// While anything is unanswered: also what is nobody's turn to submit or answer has to learn that its ballot box is lost.
void CastRouter::tick_later() {
  if (std::exchange(is_ticking_, true)) {
    return;
  }
  tick_.expires_after(k_look_again);
  tick_.async_wait([this, here = std::weak_ptr<bool>(is_here_)](const boost::system::error_code&) {
    if (!here.expired()) {
      tick();
    }
  });
}

void CastRouter::tick() {
  is_ticking_ = false;
  if (watch_.version() != version_) {
    take_routes();
  }
  const Time now = std::chrono::steady_clock::now();
  for (auto& attempt : std::exchange(waiting_, {})) {
    if (now >= attempt->deadline || !send(attempt)) {
      finish(std::move(attempt), nullptr);
    }
  }
  flush();
  if (!waiting_.empty()) {
    watch_.hurry();
  }
  if (!waiting_.empty() || counters().pending > 0) {
    tick_later();
  }
}

batch::ClientCounters CastRouter::counters() const {
  batch::ClientCounters all;
  for (const auto& client : clients_) {
    const batch::ClientCounters one = client->counters();
    all.batches += one.batches;
    all.requests += one.requests;
    all.streams_opened += one.streams_opened;
    all.expired += one.expired;
    all.pending += one.pending;
    all.queued += one.queued;
  }
  return all;
}

}  // namespace ostraka::gateway
