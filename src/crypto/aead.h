// AES-256-GCM (NIST SP 800-38D): what wraps keys at rest. A sealed box is nonce (12) ‖ ciphertext ‖ tag (16).
// The nonce is random, so one key may seal at most 2^32 boxes; key files are a few thousand.
// Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace ostraka::crypto {

inline constexpr std::size_t k_aead_key_bytes = 32;
inline constexpr std::size_t k_aead_nonce_bytes = 12;
inline constexpr std::size_t k_aead_tag_bytes = 16;

struct AeadInput {
  std::string_view key;         // 32 bytes
  std::string_view associated;  // authenticated, not in the box: the same must be given to open it
};

// REQUIRES: input.key has 32 bytes.
std::string aead_seal(const AeadInput& input, std::string_view plain, Random& random);
// Empty when anything was altered, or key or associated data are other ones.
std::optional<std::string> aead_open(const AeadInput& input, std::string_view box);

}  // namespace ostraka::crypto
