// Which token key signs, and which ones verify, at a given time. Pure.
//
// A key becomes active some time after it was made, so that every ballot box has read it before the first token of it
// is out. The newest active key signs. A key that another one has superseded still verifies for as long as its last
// token may live.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "token/ballot_token.h"

namespace ostraka::keys {

struct StoredTokenKey {
  token::TokenKey key;
  WallTime created_at;
  WallTime active_from;
};

// Ballot boxes read the keys every few seconds, and at once when they meet a key id that they do not know.
inline constexpr std::chrono::seconds k_activation_delay{60};
// The longest life of a token, and as much again for a signer whose clock is behind as a verifier grants it.
inline constexpr std::chrono::seconds k_superseded_key_life =
    token::k_ballot_token_lifetime_max + token::k_ballot_token_clock_leeway;

// By active_from, then by id: every process comes to the same order.
void sort_by_activation(std::vector<StoredTokenKey>& keys);

// REQUIRES for all of these: the keys are sorted by activation.

// Null when no key is active yet.
const StoredTokenKey* signing_key(const std::vector<StoredTokenKey>& keys, WallTime now);
// Those that are still to become active are among them.
std::vector<token::TokenKey> verifying_keys(const std::vector<StoredTokenKey>& keys, WallTime now);
// Whether no token of it can be valid any more.
bool is_retired(const std::vector<StoredTokenKey>& keys, std::size_t index, WallTime now);

}  // namespace ostraka::keys
