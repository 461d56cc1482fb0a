// The product's vote rules, with token keys that change while the process runs.
#pragma once

#include <memory>
#include <string>

#include "ballotbox/core/rules.h"
#include "keys/token_keyring.h"

namespace ostraka::ballotbox {

// Follows the keyring: a token of a key that is not known yet has it read again at once (the keyring bounds how often).
// One for each partition's thread. The keyring is shared and outlives it. REQUIRES: a receipt key of
// k_receipt_key_bytes.
std::unique_ptr<VoteRules> reloading_vote_rules(keys::TokenKeyring& keyring, std::string receipt_key);

}  // namespace ostraka::ballotbox
