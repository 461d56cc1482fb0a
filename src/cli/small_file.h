// Small files that are replaced as a whole: a reader sees the old content or the new, never a part.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ostraka::cli {

enum class Durability { none, synced };  // synced: on stable storage, its name included, when the call returns

struct SmallFile {
  std::string path;
  unsigned mode = 0644;
  Durability durability = Durability::none;
};

// Errors: unavailable.
Status replace_file(const SmallFile& file, std::string_view content);

// Errors: not_found, unavailable, invalid (larger than bytes_max).
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace ostraka::cli
