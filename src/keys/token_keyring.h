// The token keys that a running process verifies with, read again as they change. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "keys/key_store.h"

namespace ostraka::keys {

inline constexpr std::chrono::seconds k_keyring_refresh_interval{3};  // call refresh() about this often
// Tokens with key ids that nobody knows must not make us read files all the time. Short, all the same: a key that was made
// between two reads must not be unknown for longer than anyone notices.
inline constexpr std::chrono::milliseconds k_keyring_refresh_interval_min{20};

class TokenKeyring {
 public:
  struct Snapshot {
    std::uint64_t generation = 0;  // rises with every change: make new verifiers then
    std::vector<token::TokenKey> keys;
  };

  // Reads the keys once. Errors: those of KeyStore::token_keys. Both references outlive the keyring.
  static Result<std::unique_ptr<TokenKeyring>> start(const KeyStore& store, const Clock& clock);

  std::shared_ptr<const Snapshot> now() const;

  // Reads the keys again. When that fails the old ones stay.
  Status refresh();
  // After an unknown_key: the same, but at most every k_keyring_refresh_interval_min. Waits for a read that another thread
  // has begun, instead of reading too.
  // True when now() has changed since `seen`.
  bool refresh_after_unknown(std::uint64_t seen_generation);

 private:
  TokenKeyring(const KeyStore& store, const Clock& clock) : store_(store), clock_(clock) {}
  Status read();  // REQUIRES: reading_ is held

  const KeyStore& store_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards snapshot_, for the time of copying a pointer
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
  std::mutex reading_;  // guards read_at_, and the order of snapshots
  MonotonicTime read_at_{};
};

}  // namespace ostraka::keys
