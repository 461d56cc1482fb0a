// Documents as people read them in a terminal: tables of elections, results as bars. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ostraka::cli {

enum class Colours { none, ansi };

struct Page {
  Colours colours = Colours::none;
  std::size_t columns = 80;  // of the terminal
};

// Columns as wide as their widest cell; the first row is the head. Widths are counted in code points.
std::string table(const std::vector<std::vector<std::string>>& rows);

// A document of GET /v1/elections/{id}/results. Errors: invalid.
Result<std::string> results_text(std::string_view document, const Page& page);

// What GET /v1/elections answers: an array, or an object with a member `elections`. Errors: invalid.
Result<std::string> elections_text(std::string_view document);

// One election, as GET /v1/elections/{id} answers it. Errors: invalid.
Result<std::string> election_text(std::string_view document);

}  // namespace ostraka::cli
