// api/openapi.yaml, built into the binary.
#pragma once

#include <string_view>

namespace ostraka::gateway {

std::string_view openapi_document();

}  // namespace ostraka::gateway
