#include "keys/key_files.h"

namespace ostraka::keys {

Result<std::optional<std::string>> KeyFilesInMemory::read(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = files.find(name);
  return found == files.end() ? std::optional<std::string>() : std::optional<std::string>(found->second);
}

Status KeyFilesInMemory::create(const std::string& name, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!files.emplace(name, bytes).second) {
    return fail(ErrorKind::conflict, "{} is there already", name);
  }
  return {};
}

Result<std::vector<std::string>> KeyFilesInMemory::list(const std::string& folder) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files) {
    if (name.starts_with(folder + "/")) {
      names.push_back(name.substr(folder.size() + 1));
    }
  }
  return names;
}

Status KeyFilesInMemory::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  files.erase(name);
  return {};
}

}  // namespace ostraka::keys
