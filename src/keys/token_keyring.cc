#include "keys/token_keyring.h"

#include <algorithm>

namespace ostraka::keys {

namespace {

bool same_ids(const std::vector<token::TokenKey>& a, const std::vector<token::TokenKey>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const token::TokenKey& x, const token::TokenKey& y) { return x.id == y.id; });
}

}  // namespace

Result<std::unique_ptr<TokenKeyring>> TokenKeyring::start(const KeyStore& store, const Clock& clock) {
  std::unique_ptr<TokenKeyring> keyring(new TokenKeyring(store, clock));
  if (const Status read = keyring->refresh(); !read) {
    return tl::make_unexpected(read.error());
  }
  return keyring;
}

std::shared_ptr<const TokenKeyring::Snapshot> TokenKeyring::now() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Status TokenKeyring::refresh() {
  const std::lock_guard lock(reading_);
  return read();
}

bool TokenKeyring::refresh_after_unknown(std::uint64_t seen_generation) {
  // Waits for a read that is under way: it may be the one that brings the key, and whoever went on without it would
  // refuse an honest token.
  const std::lock_guard lock(reading_);
  if (now()->generation == seen_generation &&
      clock_.monotonic_now() - read_at_ >= k_keyring_refresh_interval_min) {
    // A failure leaves the old keys; the periodic refresh() reports it.
    static_cast<void>(read().has_value());
  }
  return now()->generation != seen_generation;
}

Status TokenKeyring::read() {
  read_at_ = clock_.monotonic_now();
  const Result<std::vector<StoredTokenKey>> stored = store_.token_keys();
  if (!stored) {
    return tl::make_unexpected(stored.error());
  }
  std::vector<token::TokenKey> keys = verifying_keys(*stored, clock_.wall_now());
  const std::shared_ptr<const Snapshot> old = now();
  if (!same_ids(keys, old->keys)) {
    auto fresh = std::make_shared<const Snapshot>(Snapshot{old->generation + 1, std::move(keys)});
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(fresh);
  }
  return {};
}

}  // namespace ostraka::keys
