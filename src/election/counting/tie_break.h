// When the votes do not tell two options apart, a lot does that nobody could have drawn in advance and anybody can
// check: the smaller SHA-256(election id ‖ 0 ‖ contest id ‖ 0 ‖ option id) goes first. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "election/definition.h"

namespace ostraka::election::counting {

// Per option its place in that order: 0 goes first. No two are equal.
std::vector<std::uint32_t> tie_places(std::string_view election, const Contest& contest);

}  // namespace ostraka::election::counting
