#include "identity/core/redirect_path.h"

#include "base/bytes.h"
#include "crypto/digest.h"

namespace ostraka::identity {

std::string redirect_path(std::string_view issuer) {
  return "/sign-in/" + to_hex(crypto::sha256(issuer)).substr(0, k_redirect_tag_digits);
}

bool is_redirect_uri_of(std::string_view issuer, std::string_view uri) {
  // Behind a query or a fragment it would be no path.
  return uri.find_first_of("?#") == std::string_view::npos && uri.ends_with(redirect_path(issuer));
}

}  // namespace ostraka::identity
