// The secrets of one system (docs/formats/keys.md). Every file but the master key is wrapped under it with AES-256-GCM,
// the file's name as associated data: a file that was altered, or put in another one's place, is damaged, not a key.
//
// Keys are made once and never replaced. "Empty" answers mean that there is no such file; everything that is there but
// cannot be opened is an error, so that nobody makes a new key in the place of one that is merely unreadable.
// Thread-safe. What make_… returns is durable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "keys/key_files.h"
#include "keys/token_key_schedule.h"

namespace ostraka::keys {

inline constexpr std::size_t k_secret_bytes = 32;
inline constexpr const char* k_master_key_name = "master.key";

// Makes DIR/master.key (32 random bytes) unless there is one. For one machine; in production the master key is a
// mounted secret. Errors: conflict when there are keys already, wrapped under a master key that is gone.
Result<std::string> master_key_or_make(KeyFiles& files, Random& random);
// 32 bytes from a file of any place (a mounted secret). Errors: not_found, denied, invalid.
Result<std::string> read_master_key(const std::string& path);

class KeyStore {
 public:
  // REQUIRES: the master key has 32 bytes. Both references outlive the store.
  KeyStore(KeyFiles& files, std::string master_key, Random& random);

  // In the order in which they become active.
  Result<std::vector<StoredTokenKey>> token_keys() const;
  Result<StoredTokenKey> make_token_key(WallTime created_at, WallTime active_from);
  Status remove_token_key(const std::string& id);

  // 32 bytes, one for each election; made once, before it opens.
  Result<std::optional<std::string>> pepper(std::string_view election) const;
  Result<std::string> pepper_or_make(std::string_view election);

  // 32 bytes: keys the ballot hashes of receipts. With another key the same ballot would have another hash.
  Result<std::optional<std::string>> receipt_key() const;
  Result<std::string> receipt_key_or_make();

  // The development issuer's private key in DER; `der` is stored when there is none yet.
  Result<std::optional<std::string>> development_issuer_key() const;
  Result<std::string> development_issuer_key_or_store(std::string_view der);

 private:
  Result<std::optional<std::string>> open(const std::string& name) const;
  Status seal(const std::string& name, std::string_view plain);
  // What is stored under the name; `fresh` is stored when there is nothing.
  Result<std::string> open_or_seal(const std::string& name, std::string_view fresh);
  Result<StoredTokenKey> open_token_key(const std::string& id) const;

  KeyFiles& files_;
  const std::string master_key_;
  Random& random_;
};

}  // namespace ostraka::keys
