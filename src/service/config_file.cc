#include "service/config_file.h"

#include <toml++/toml.h>

#include <sstream>

namespace ostraka::service {
namespace {

std::string text_of(const toml::node& node) {
  if (const auto* string = node.as_string()) {
    return string->get();
  }
  std::ostringstream out;
  if (const auto* integer = node.as_integer()) {
    out << integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    out << real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out << (boolean->get() ? "true" : "false");
  } else {
    node.visit([&](const auto& other) { out << other; });
  }
  return out.str();
}

}  // namespace

struct ConfigFile::Tree {
  toml::table top;

  // The table of this name, or null.
  const toml::table* find(const std::vector<std::string>& names, std::size_t depth) const {
    const toml::table* table = &top;
    for (std::size_t i = 0; i < depth && table != nullptr; ++i) {
      const toml::node* below = table->get(names[i]);
      table = below == nullptr ? nullptr : below->as_table();
    }
    return table;
  }
};

Result<ConfigFile> ConfigFile::read(const std::string& path) {
  ConfigFile file;
  file.path_ = path;
  try {
    file.tree_ = std::make_shared<const Tree>(Tree{toml::parse_file(path)});
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::invalid, "{}, line {}: {}", path, error.source().begin.line, error.description());
  }
  return file;
}

std::vector<std::string> ConfigFile::values(const std::vector<std::string>& table, const std::string& key) const {
  if (tree_ == nullptr) {
    return {};
  }
  for (std::size_t depth = table.size() + 1; depth-- > 0;) {
    const toml::table* found = tree_->find(table, depth);
    const toml::node* node = found == nullptr ? nullptr : found->get(key);
    if (node == nullptr || node->is_table()) {
      continue;
    }
    if (const auto* array = node->as_array()) {
      std::vector<std::string> values;
      for (const toml::node& element : *array) {
        values.push_back(text_of(element));
      }
      return values;
    }
    return {text_of(*node)};
  }
  return {};
}

std::vector<std::string> ConfigFile::keys(const std::vector<std::string>& table) const {
  std::vector<std::string> keys;
  const toml::table* found = tree_ == nullptr ? nullptr : tree_->find(table, table.size());
  if (found != nullptr) {
    for (const auto& [key, node] : *found) {
      if (!node.is_table()) {
        keys.emplace_back(key.str());
      }
    }
  }
  return keys;
}

}  // namespace ostraka::service
