// What single providers do in ways of their own, as data: one row each, found by the issuer's name. What all of them
// may do is no quirk and stands in token/id_token.cc.
#pragma once

#include <string_view>

#include "base/result.h"
#include "identity/core/provider.h"

namespace ostraka::identity {

// Adds what is known of this provider. Errors: invalid, where its issuer cannot be spelled the way it is.
Status apply_quirks(Provider& provider);

}  // namespace ostraka::identity
