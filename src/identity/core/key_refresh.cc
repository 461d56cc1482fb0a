#include "identity/core/key_refresh.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "token/jwk.h"

namespace ostraka::identity {

void KeyRefresh::begins(MonotonicTime now) {
  check(!in_flight_, "one fetch at a time");
  in_flight_ = true;
  begun_at_ = now;
  looked_for_.merge(asked_);
  asked_.clear();
}

void KeyRefresh::succeeded(MonotonicTime now, const Fetched& fetched) {
  check(in_flight_, "a fetch that ends has begun");
  in_flight_ = false;
  pause_ = k_fetch_pause_first;
  due_at_ = now + std::clamp(fetched.max_age.value_or(k_keys_fresh_default), k_keys_fresh_min, k_keys_fresh_max);
  std::erase_if(absent_, [&](const auto& absent) { return now - absent.second >= k_absence_believed; });
  for (const std::string& key_id : looked_for_) {
    if (!fetched.key_ids.contains(key_id) && absent_.size() < k_key_names_max) {
      absent_.insert_or_assign(key_id, now);
    }
  }
  looked_for_.clear();
  std::erase_if(absent_, [&](const auto& absent) { return fetched.key_ids.contains(absent.first); });
  if (!asked_.empty()) {
    due_at_ = *begun_at_ + k_key_fetch_interval_min;
  }
  if (std::exchange(is_hurried_, false)) {
    due_at_ = now;
  }
}

void KeyRefresh::failed(MonotonicTime now) {
  check(in_flight_, "a fetch that ends has begun");
  in_flight_ = false;
  due_at_ = now + pause_;
  pause_ = std::min(2 * pause_, k_fetch_pause_max);
  for (auto name = looked_for_.begin(); name != looked_for_.end() && asked_.size() < k_key_names_max; ++name) {
    asked_.insert(*name);
  }
  looked_for_.clear();
}

void KeyRefresh::hurry(MonotonicTime now) {
  is_hurried_ = in_flight_;  // what is on its way may be of before
  pause_ = k_fetch_pause_first;
  due_at_ = std::min(due_at_, now);
}

KeyRefresh::Answer KeyRefresh::ask(std::string_view key_id, MonotonicTime now) {
  if (key_id.empty() || key_id.size() > token::k_key_id_bytes_max) {
    return Answer::unknown;  // no key that is fetched is found by such a name
  }
  if (const auto found = absent_.find(key_id); found != absent_.end() && now - found->second < k_absence_believed) {
    return Answer::unknown;
  }
  if (looked_for_.contains(key_id)) {
    return Answer::ask_again;
  }
  if (asked_.size() < k_key_names_max) {
    asked_.emplace(key_id);
  }
  const MonotonicTime earliest = begun_at_ ? *begun_at_ + k_key_fetch_interval_min : now;
  due_at_ = std::min(due_at_, std::max(earliest, now));
  return Answer::ask_again;
}

}  // namespace ostraka::identity
