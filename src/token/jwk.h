// JSON Web Keys (RFC 7517, 7518, 8037): the public keys that an issuer signs with. Pure.
//
// A key has exactly one algorithm: its `alg`, or, where that is absent, RS256 for RSA (OpenID Connect's default) and
// the only one there is for a curve. A token that claims another one is refused (decision 0040).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/signature.h"

namespace ostraka::token {

inline constexpr std::size_t k_jwks_bytes_max = 256 * 1024;
inline constexpr std::size_t k_jwks_keys_max = 64;
inline constexpr std::size_t k_key_id_bytes_max = 255;

struct VerificationKey {
  std::string id;  // kid; may be empty
  crypto::PublicKey key;
  crypto::SignatureAlgorithm algorithm;
};

struct KeySet {
  std::vector<VerificationKey> keys;
  std::vector<std::string> ignored;  // one line for each key that is no use to us, and why
};

// {"keys":[…]}. Keys for other purposes, of unknown kinds, or too weak are ignored and named. Errors: invalid, when it
// is no key set, holds a private key, has one id twice, or nothing that can be used.
Result<KeySet> read_jwks(std::string_view json);

// One key. Errors: invalid, with why it is no use, or because it holds a secret.
Result<VerificationKey> read_jwk(std::string_view json);

}  // namespace ostraka::token
