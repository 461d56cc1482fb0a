#include "identity/issuing/signing_keys.h"

#include <algorithm>

namespace ostraka::identity {

Result<std::unique_ptr<SigningKeys>> SigningKeys::start(keys::KeyStore& store, const Clock& clock,
                                                        const SigningKeysOptions& options) {
  std::unique_ptr<SigningKeys> keys(new SigningKeys(store, clock, options));
  Status read = keys->read();
  if (read && keys->copy().empty()) {
    const WallTime now = clock.wall_now();
    if (const auto made = store.make_token_key(now, now); !made) {
      return tl::make_unexpected(made.error());
    }
    read = keys->read();
  }
  if (!read) {
    return tl::make_unexpected(read.error());
  }
  return keys;
}

std::shared_ptr<const token::TokenKey> SigningKeys::current() const {
  const WallTime now = clock_.wall_now();
  const std::lock_guard lock(mutex_);
  const keys::StoredTokenKey* key = keys::signing_key(keys_, now);
  if (key == nullptr) {
    // The clock was set back behind the first key's making. Every verifier knows that one longest.
    key = &keys_.front();
  }
  if (current_ == nullptr || current_->id != key->key.id) {
    current_ = std::make_shared<const token::TokenKey>(key->key);
  }
  return current_;
}

Status SigningKeys::rotate() {
  const WallTime now = clock_.wall_now();
  if (const auto made = store_.make_token_key(now, now + keys::k_activation_delay); !made) {
    return tl::make_unexpected(made.error());
  }
  return read();
}

Status SigningKeys::tend() {
  if (Status status = read(); !status) {
    return status;
  }
  const Keys keys = copy();
  const auto newest = std::max_element(
      keys.begin(), keys.end(),
      [](const keys::StoredTokenKey& a, const keys::StoredTokenKey& b) { return a.created_at < b.created_at; });
  if (newest->created_at + options_.rotation_interval <= clock_.wall_now()) {
    if (Status status = rotate(); !status) {
      return status;
    }
  }
  return remove_dead_keys(keys);
}

Status SigningKeys::remove_dead_keys(const Keys& keys) {
  const WallTime long_ago = clock_.wall_now() - k_dead_key_kept;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys::is_retired(keys, i, long_ago)) {
      if (Status removed = store_.remove_token_key(keys[i].key.id); !removed) {
        return removed;
      }
    }
  }
  return {};
}

Status SigningKeys::read() {
  Result<Keys> keys = store_.token_keys();
  if (!keys) {
    return tl::make_unexpected(keys.error());
  }
  const std::lock_guard lock(mutex_);
  if (keys->empty() && !keys_.empty()) {
    return fail(ErrorKind::not_found, "every token key is gone from the key folder");
  }
  keys_ = std::move(*keys);
  return {};
}

SigningKeys::Keys SigningKeys::copy() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

}  // namespace ostraka::identity
