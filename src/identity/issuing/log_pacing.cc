#include "identity/issuing/log_pacing.h"

#include <utility>

namespace ostraka::identity {

std::optional<std::uint64_t> PacedLine::due() {
  const std::lock_guard lock(mutex_);
  const MonotonicTime now = clock_.monotonic_now();
  if (logged_at_ && now - *logged_at_ < interval_) {
    ++held_back_;
    return std::nullopt;
  }
  logged_at_ = now;
  return std::exchange(held_back_, 0);
}

bool PacedMessages::due(std::string_view message) {
  const std::lock_guard lock(mutex_);
  const MonotonicTime now = clock_.monotonic_now();
  if (const auto found = logged_at_.find(message); found != logged_at_.end()) {
    if (now - found->second < interval_) {
      return false;
    }
    found->second = now;
    return true;
  }
  std::erase_if(logged_at_, [&](const auto& logged) { return now - logged.second >= interval_; });
  if (logged_at_.size() >= k_paced_messages_max) {
    return false;
  }
  logged_at_.emplace(message, now);
  return true;
}

}  // namespace ostraka::identity
