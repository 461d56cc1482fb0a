// What can be said of a request before anyone else is asked. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace ostraka::gateway {

// The token of `Authorization: Bearer <token>` (RFC 6750; the scheme's case does not matter); empty when there is none, or
// when it has characters that no token has.
std::string_view bearer_token(std::string_view authorization);

// application/json, with no parameter but charset=utf-8.
bool is_json_media_type(std::string_view content_type);

// Whether an If-None-Match field names this entity tag (weak comparison, RFC 9110, 13.1.2).
bool matches_etag(std::string_view if_none_match, std::string_view etag);

enum class Coding : std::uint8_t { identity, gzip, brotli };

// The best of what a client accepts (RFC 9110, 12.5.3): brotli before gzip before identity, q=0 never.
Coding choose_coding(std::string_view accept_encoding);

}  // namespace ostraka::gateway
