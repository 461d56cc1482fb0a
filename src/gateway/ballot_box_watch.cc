#include "gateway/ballot_box_watch.h"

#include <fmt/format.h>
#include <grpcpp/client_context.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "base/check.h"
#include "net/rpc/transport.h"

namespace ostraka::gateway {
namespace {

constexpr std::chrono::milliseconds k_between_questions{250};
constexpr std::chrono::milliseconds k_between_questions_in_a_hurry{20};
constexpr std::chrono::seconds k_answer_deadline{1};
// A ballot box that is not there says so at once. One that says nothing may be busy: it is asked twice.
constexpr int k_silences_until_slow = 2;

BallotBoxState state_of(const v1::DescribeReply& reply) {
  BallotBoxState state;
  for (const v1::DescribeReply::HeldPartition& held : reply.held()) {
    state.held[Partition{held.partition()}] = {held.serves(), held.in_share(), held.ready()};
  }
  return state;
}

}  // namespace

BallotBoxWatch::BallotBoxWatch(const std::vector<std::string>& addresses, std::uint32_t partitions)
    : partitions_(partitions),
      boxes_(addresses.size()),
      states_(addresses.size()),
      troubles_(addresses.size(), "it has not been asked yet"),
      routes_(std::make_shared<const BallotBoxRoutes>(routes_of(states_, partitions, {}))) {
  check(addresses.size() <= k_ballot_boxes_max, "a thread for each ballot box");
  for (std::uint32_t i = 0; i < addresses.size(); ++i) {
    boxes_[i].stub = v1::BallotBox::NewStub(rpc::make_channel(addresses[i]));
  }
  for (std::uint32_t i = 0; i < addresses.size(); ++i) {
    boxes_[i].thread = std::thread([this, i] { run(i); });
  }
}

BallotBoxWatch::~BallotBoxWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (Box& box : boxes_) {
    box.thread.join();
  }
}

std::shared_ptr<const BallotBoxRoutes> BallotBoxWatch::routes() const {
  const std::lock_guard lock(mutex_);
  return routes_;
}

void BallotBoxWatch::hurry() {
  {
    const std::lock_guard lock(mutex_);
    ++hurries_;
  }
  changed_.notify_all();
}

std::string BallotBoxWatch::why_not_ready() const {
  const std::lock_guard lock(mutex_);
  if (const auto box = who_cannot_write(*routes_, states_)) {
    return "the ballot box is not ready: " + troubles_[*box];
  }
  std::string reason = what_nobody_serves(*routes_);
  for (std::size_t i = 0; !reason.empty() && i < troubles_.size(); ++i) {
    if (!troubles_[i].empty()) {
      reason += fmt::format("; ballot box {}: {}", i, troubles_[i]);
    }
  }
  return reason;
}

void BallotBoxWatch::run(std::uint32_t number) {
  std::uint64_t hurries_seen = 0;
  while (true) {
    ask(number);
    std::unique_lock lock(mutex_);
    // Not more often than in a hurry, whoever hurries.
    changed_.wait_for(lock, k_between_questions_in_a_hurry, [&] { return stopping_; });
    changed_.wait_for(lock, k_between_questions, [&] { return stopping_ || hurries_ != hurries_seen; });
    hurries_seen = hurries_;
    if (stopping_) {
      return;
    }
  }
}

void BallotBoxWatch::ask(std::uint32_t number) {
  Box& box = boxes_[number];
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + k_answer_deadline);
  v1::DescribeReply reply;
  const grpc::Status status = box.stub->Describe(&context, v1::DescribeRequest(), &reply);
  box.silences = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ? box.silences + 1 : 0;
  if (status.ok() && reply.partitions() != partitions_) {
    // It would look for voters elsewhere than this gateway does.
    return heard(number, std::nullopt, fmt::format("it counts {} partitions, and here are {}", reply.partitions(),
                                                   partitions_));
  }
  if (status.ok()) {
    return heard(number, state_of(reply), reply.reason());
  }
  if (box.silences == 0) {
    return heard(number, std::nullopt, "it cannot be reached: " + status.error_message());
  }
  if (box.silences >= k_silences_until_slow) {
    const std::lock_guard lock(mutex_);
    troubles_[number] = "it does not answer";
    if (states_[number]) {
      states_[number]->answers = false;
      follow();
    }
  }
}

void BallotBoxWatch::heard(std::uint32_t number, std::optional<BallotBoxState> state, std::string trouble) {
  const std::lock_guard lock(mutex_);
  if (troubles_[number] != trouble) {
    spdlog::info("ballot box {}: {}", number, trouble.empty() ? "ready" : trouble);
  }
  troubles_[number] = std::move(trouble);
  states_[number] = std::move(state);
  follow();
}

// REQUIRES: the mutex is held.
void BallotBoxWatch::follow() {
  BallotBoxRoutes routes = routes_of(states_, partitions_, *routes_);
  if (routes != *routes_) {
    routes_ = std::make_shared<const BallotBoxRoutes>(std::move(routes));
    version_.fetch_add(1, std::memory_order_release);
  }
}

}  // namespace ostraka::gateway
