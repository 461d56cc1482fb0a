// JSON Web Signatures in compact form (RFC 7515), strict, for tokens that others sign. Pure; thread-safe.
//
// The token chooses nothing: its key is found by id among the ones handed in, and `alg` must be that key's own. Headers
// that bring keys or extensions along (`jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`) are refused, not ignored: nobody who
// signs for us has a reason to send them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "token/jwk.h"

namespace ostraka::token {

inline constexpr std::size_t k_id_token_bytes_max = 16 * 1024;

enum class JwsVerdict {
  valid,
  malformed,        // not three canonical segments, or not a header that we take
  unknown_key,      // no key of that id, or no id where there are several keys
  wrong_algorithm,  // not the key's
  forged,
};

// The three parts, decoded. Nothing in it is to be believed yet.
struct CompactJws {
  std::string key_id;  // empty when absent
  bool has_key_id = false;
  std::string algorithm;  // as spelled
  bool is_access_token = false;  // it says so in its header (RFC 9068)
  std::string payload;
  std::string signature;
  std::string_view signed_part;  // into the text that was handed in
};
// Errors: invalid.
Result<CompactJws> parse_compact_jws(std::string_view compact);

JwsVerdict verify_jws(const CompactJws& jws, const std::vector<VerificationKey>& keys);

}  // namespace ostraka::token
