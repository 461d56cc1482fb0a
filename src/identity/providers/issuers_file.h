// The configuration of identity providers, a TOML file of [[issuer]] tables: docs/operating/sign-in.md has every member.
//
// Anything else in it is refused, so that a misspelled rule is not silently no rule.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/core/provider.h"

namespace ostraka::identity {

inline constexpr std::size_t k_issuers_max = 64;
inline constexpr std::size_t k_issuer_text_bytes_max = 512;
inline constexpr std::size_t k_acr_values_max = 16;
inline constexpr std::int64_t k_max_age_seconds_max = 365LL * 24 * 3600;

struct IssuersFile {
  std::vector<Provider> providers;
  std::vector<std::string> remarks;  // keys that were ignored, and why: for the log
};

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

// `read_file` is asked for key sets and secrets. Errors: invalid, with what is wrong where; what read_file says.
Result<IssuersFile> parse_issuers(std::string_view toml, const ReadFile& read_file);

// From a file in a JWKS form. Errors: those of token::read_jwks; not_found.
Result<token::KeySet> read_key_set(const std::string& path);

// From a file, with the files that it names; relative ones are beside it.
Result<IssuersFile> read_issuers(const std::string& path);

}  // namespace ostraka::identity
