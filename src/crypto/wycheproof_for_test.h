// Attack vectors (C2SP/wycheproof) that are no part of this tree: tests read them where they are, and skip with a clear
// line where they are not. Of tests only.
#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace ostraka::crypto {

// The folder OSTRAKA_SHARED, or `shared` beside the source tree.
inline std::string wycheproof_path(const std::string& file) {
  const char* const shared = std::getenv("OSTRAKA_SHARED");
  return (shared != nullptr ? std::string(shared) : std::string(OSTRAKA_SOURCE_DIR) + "/../shared") +
         "/data/wycheproof/" + file;
}

inline std::optional<nlohmann::json> read_wycheproof(const std::string& file) {
  std::ifstream in(wycheproof_path(file));
  if (!in) {
    return std::nullopt;
  }
  return nlohmann::json::parse(in);
}

}  // namespace ostraka::crypto
