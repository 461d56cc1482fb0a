// The token key that signs now. Makes the first one, a new one at every rotation, and removes those that nobody can
// need any more. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "keys/key_store.h"

namespace ostraka::identity {

// Beyond its last token's death a key file is kept for this long, for an operator who looks into something.
inline constexpr std::chrono::hours k_dead_key_kept{24};

struct SigningKeysOptions {
  std::chrono::seconds rotation_interval = std::chrono::hours(24);
};

class SigningKeys {
 public:
  // Reads the keys and makes the first one, active at once, when there is none. References outlive the object.
  static Result<std::unique_ptr<SigningKeys>> start(keys::KeyStore& store, const Clock& clock,
                                                    const SigningKeysOptions& options);

  // The key to sign with now.
  std::shared_ptr<const token::TokenKey> current() const;

  // Makes a new key, active after keys::k_activation_delay.
  Status rotate();

  // Reads the keys that other instances made, rotates when it is time, removes dead keys. Call it every few seconds.
  Status tend();

 private:
  using Keys = std::vector<keys::StoredTokenKey>;
  SigningKeys(keys::KeyStore& store, const Clock& clock, const SigningKeysOptions& options)
      : store_(store), clock_(clock), options_(options) {}
  Status read();
  Status remove_dead_keys(const Keys& keys);
  Keys copy() const;

  keys::KeyStore& store_;
  const Clock& clock_;
  const SigningKeysOptions options_;
  mutable std::mutex mutex_;  // guards everything below
  Keys keys_;                 // sorted by activation, never empty after start()
  mutable std::shared_ptr<const token::TokenKey> current_;
};

}  // namespace ostraka::identity
