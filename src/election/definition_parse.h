// From a JSON value to a definition. Internal to election/: definition.h is the interface.
#pragma once

#include <nlohmann/json.hpp>

#include "election/definition.h"

namespace ostraka::election {

ParsedDefinition read_definition(const nlohmann::json& value);

}  // namespace ostraka::election
