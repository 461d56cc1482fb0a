// The election that `ostraka up --demo` shows.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cli/api.h"

namespace ostraka::cli {

inline constexpr std::string_view k_demonstration_election = "best-song";

// Creates and opens it unless it is there; leaves alone what somebody has closed. Errors: what the API says.
Status ensure_demonstration(Api& api);

}  // namespace ostraka::cli
