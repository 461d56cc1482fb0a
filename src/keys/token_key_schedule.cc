#include "keys/token_key_schedule.h"

#include <algorithm>
#include <tuple>

namespace ostraka::keys {

void sort_by_activation(std::vector<StoredTokenKey>& keys) {
  std::sort(keys.begin(), keys.end(), [](const StoredTokenKey& a, const StoredTokenKey& b) {
    return std::tie(a.active_from, a.key.id) < std::tie(b.active_from, b.key.id);
  });
}

const StoredTokenKey* signing_key(const std::vector<StoredTokenKey>& keys, WallTime now) {
  const StoredTokenKey* newest = nullptr;
  for (const StoredTokenKey& key : keys) {
    if (key.active_from <= now) {
      newest = &key;
    }
  }
  return newest;
}

bool is_retired(const std::vector<StoredTokenKey>& keys, std::size_t index, WallTime now) {
  return index + 1 < keys.size() && keys[index + 1].active_from + k_superseded_key_life <= now;
}

std::vector<token::TokenKey> verifying_keys(const std::vector<StoredTokenKey>& keys, WallTime now) {
  std::vector<token::TokenKey> verifying;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!is_retired(keys, i, now)) {
      verifying.push_back(keys[i].key);
    }
  }
  // The key that most tokens are of first: verifiers look through them in this order.
  std::reverse(verifying.begin(), verifying.end());
  return verifying;
}

}  // namespace ostraka::keys
