#include "net/rpc/ticker.h"

namespace ostraka::rpc {

Ticker::Ticker() : thread_([this] { run(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

std::uint64_t Ticker::add(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(next_id_, std::move(listener));
  return next_id_++;
}

void Ticker::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(id);
}

void Ticker::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    stop_.wait_for(lock, k_tick);
    for (auto& [id, listener] : listeners_) {
      listener();
    }
  }
}

}  // namespace ostraka::rpc
