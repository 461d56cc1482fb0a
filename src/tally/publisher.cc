#include "tally/publisher.h"

#include <iterator>
#include <utility>

namespace ostraka::tally {

// One stream. Deletes itself when gRPC is done with it.
class Publisher::Follower final : public grpc::ServerWriteReactor<v1::ElectionCounts> {
 public:
  explicit Follower(Publisher& publisher) : publisher_(publisher) {}

  void offer(const std::string& election, Message message) {
    const std::lock_guard lock(mutex_);
    waiting_[election] = std::move(message);
    write_next();
  }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    finish_if_idle();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = nullptr;
    ended_ = ended_ || !ok;
    write_next();
    finish_if_idle();
  }

  void OnCancel() override { end(); }

  void OnDone() override {
    {
      const std::lock_guard lock(publisher_.mutex_);
      publisher_.followers_.erase(this);
    }
    delete this;
  }

 private:
  // REQUIRES for both: mutex_ is held.
  void write_next() {
    if (writing_ == nullptr && !ended_ && !waiting_.empty()) {
      // Last in the order of keys come elections, first the empty one, which must not overtake any of them.
      const auto next = std::prev(waiting_.end());
      writing_ = std::move(next->second);
      waiting_.erase(next);
      StartWrite(writing_.get());
    }
  }
  void finish_if_idle() {
    if (ended_ && writing_ == nullptr && !finished_) {
      finished_ = true;
      Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the tally ends"));
    }
  }

  Publisher& publisher_;
  std::mutex mutex_;                        // guards everything below
  std::map<std::string, Message> waiting_;  // by election
  Message writing_;
  bool ended_ = false;
  bool finished_ = false;
};

grpc::ServerWriteReactor<v1::ElectionCounts>* Publisher::Follow(grpc::CallbackServerContext*,
                                                                const v1::FollowRequest*) {
  auto* follower = new Follower(*this);
  const std::lock_guard lock(mutex_);
  followers_.insert(follower);
  // From the last to the first, so that the counts of no election come behind all others here, too.
  for (auto latest = latest_.rbegin(); latest != latest_.rend(); ++latest) {
    follower->offer(latest->first, latest->second);
  }
  if (closed_) {
    follower->end();
  }
  return follower;
}

void Publisher::publish(std::vector<v1::ElectionCounts> counts) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(begun_, true)) {
    // Counts of no election: tells followers that they have everything that was counted so far, also where that is
    // nothing. A follower gets it behind the elections that wait with it.
    counts.emplace_back();
  }
  for (v1::ElectionCounts& of_one : counts) {
    const auto message = std::make_shared<const v1::ElectionCounts>(std::move(of_one));
    latest_[message->election()] = message;
    for (Follower* follower : followers_) {
      follower->offer(message->election(), message);
    }
  }
}

void Publisher::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Follower* follower : followers_) {
    follower->end();
  }
}

std::size_t Publisher::followers() const {
  const std::lock_guard lock(mutex_);
  return followers_.size();
}

}  // namespace ostraka::tally
