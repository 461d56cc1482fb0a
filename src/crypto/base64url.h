// base64url without padding (RFC 4648 section 5, as RFC 7515 uses it), in its one canonical form: a byte string has
// exactly one encoding, and every other spelling (padding, white space, unused bits that are not zero) is refused, so
// that a token cannot be respelled. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ostraka::crypto {

std::string base64url_encode(std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);

std::optional<std::string> base64url_decode(std::string_view text);
// Replaces `out` (whose capacity is reused). False, with `out` unspecified, when the text is not canonical.
[[nodiscard]] bool base64url_decode_into(std::string_view text, std::string& out);

}  // namespace ostraka::crypto
