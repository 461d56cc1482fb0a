// The configuration of identity providers, a TOML file:
//
//   [[issuer]]
//   issuer = "https://accounts.example"     # `iss` of its ID tokens, byte by byte
//   client_id = "our id there"              # must be among their audiences
//   jwks_file = "accounts.jwks.json"        # its public keys; a relative path is beside this file
//   kind = "oidc"                           # the only kind there is in a file
//
// Anything else in it is refused, so that a misspelled rule is not silently no rule.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "token/id_token.h"

namespace ostraka::identity {

inline constexpr std::size_t k_issuers_max = 64;
inline constexpr std::size_t k_issuer_text_bytes_max = 512;

struct IssuersFile {
  std::vector<token::Issuer> issuers;
  std::vector<std::string> remarks;  // keys that were ignored, and why: for the log
};

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

// `read_file` is asked for the key sets. Errors: invalid, with what is wrong where; what read_file says.
Result<IssuersFile> parse_issuers(std::string_view toml, const ReadFile& read_file);

// From a file, with its key sets.
Result<IssuersFile> read_issuers(const std::string& path);

}  // namespace ostraka::identity
