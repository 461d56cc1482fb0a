// OpenID Connect Discovery 1.0: what a provider says of itself. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "identity/core/provider.h"

namespace ostraka::identity {

inline constexpr std::size_t k_discovery_bytes_max = 256 * 1024;

// Where an issuer's document is; an issuer with a slash at its end (Auth0) gets no second one.
std::string discovery_url(std::string_view issuer);

// Errors: invalid: no such document, another issuer's, or an address that no provider may have.
Result<Endpoints> read_discovery(std::string_view json, const Provider& provider);

}  // namespace ostraka::identity
