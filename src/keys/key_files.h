// The few file operations that keys need, behind an interface, so that tests and the simulator have their own.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "io/fatal.h"

namespace ostraka::keys {

inline constexpr std::size_t k_key_file_bytes_max = 64 * 1024;

// Names are paths below the keys folder with at most one slash: `receipt.key`, `tokens/…`. Thread-safe.
class KeyFiles {
 public:
  virtual ~KeyFiles() = default;
  // Empty when there is no such file. Errors: denied when others than its owner may read or write it.
  virtual Result<std::optional<std::string>> read(const std::string& name) const = 0;
  // The whole file is durable when it returns; it is never seen in part, and an existing one is never replaced.
  // Errors: conflict when there is one already (which then is durable, too).
  virtual Status create(const std::string& name, std::string_view bytes) = 0;
  // Without the folder's name, sorted; empty when there is no such folder.
  virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;
  // Done when there is no such file. Not synced: a retired key that comes back after a crash does no harm.
  virtual Status remove(const std::string& name) = 0;
};

// Files of a real folder, which is made (0700) when it is missing.
// Errors: denied when the folder is open to others, internal for what the system says.
Result<std::unique_ptr<KeyFiles>> open_key_folder(const std::string& path, Random& random, io::FatalHandler fatal);

class KeyFilesInMemory final : public KeyFiles {
 public:
  Result<std::optional<std::string>> read(const std::string& name) const override;
  Status create(const std::string& name, std::string_view bytes) override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;
  Status remove(const std::string& name) override;

  // What a test alters behind the store's back.
  std::map<std::string, std::string> files;  // guarded by mutex_ while other threads use the object

 private:
  mutable std::mutex mutex_;
};

}  // namespace ostraka::keys
