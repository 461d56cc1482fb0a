// The file that --config names: TOML, looked up by command. options.h says what beats what.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace ostraka::service {

// Immutable; copies share one tree.
class ConfigFile {
 public:
  ConfigFile() = default;  // an empty one
  static Result<ConfigFile> read(const std::string& path);

  // What `key` is set to: in the table of this name, or else in the nearest one around it, at last at the top level.
  // Empty when it is nowhere, or is a table there. An array gives several.
  std::vector<std::string> values(const std::vector<std::string>& table, const std::string& key) const;

  // The keys of that very table, without those that are tables themselves.
  std::vector<std::string> keys(const std::vector<std::string>& table) const;

  const std::string& path() const { return path_; }

 private:
  struct Tree;
  std::string path_;
  std::shared_ptr<const Tree> tree_;
};

}  // namespace ostraka::service
