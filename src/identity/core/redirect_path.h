// Where a provider sends voters back to. Every issuer has a path of its own, so that a page knows by the path whose answer
// it holds: docs/decisions/0063-every-issuer-has-its-own-redirect-uri.md. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ostraka::identity {

// A hundred and twenty-eight bits: no provider can choose a name for itself that has another one's path.
inline constexpr std::size_t k_redirect_tag_digits = 32;

// "/sign-in/" and the first digits of the issuer's SHA-256 in lower-case hexadecimal; the same for ever.
std::string redirect_path(std::string_view issuer);

// Whether it is this issuer's path behind somebody's origin. Which origins there are the provider knows.
bool is_redirect_uri_of(std::string_view issuer, std::string_view uri);

}  // namespace ostraka::identity
