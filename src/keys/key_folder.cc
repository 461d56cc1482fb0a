// Key files in a real folder: temporary file, sync, rename that never replaces, sync of the folder.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/bytes.h"
#include "keys/key_files.h"

namespace ostraka::keys {

namespace {

constexpr mode_t k_folder_mode = 0700;
constexpr mode_t k_file_mode = 0600;
constexpr mode_t k_others = 0077;

std::string reason() {
  return std::error_code(errno, std::generic_category()).message();
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), k_folder_mode) != 0 && errno != EEXIST) {
    return fail(ErrorKind::internal, "cannot make {}: {}", path, reason());
  }
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::internal, "{} is no folder", path);
  }
  if ((status.st_mode & k_others) != 0) {
    return fail(ErrorKind::denied, "{} is open to other users: chmod 0700", path);
  }
  return {};
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : (slash == 0 ? "/" : path.substr(0, slash));
}

// Errors: disk_full, internal.
Status write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return fail(errno == ENOSPC ? ErrorKind::disk_full : ErrorKind::internal, "cannot write a key file: {}",
                  reason());
    }
    bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  return {};
}

class KeyFolder final : public KeyFiles {
 public:
  KeyFolder(std::string path, Random& random, io::FatalHandler fatal)
      : path_(std::move(path)), random_(random), fatal_(std::move(fatal)) {}

  Result<std::optional<std::string>> read(const std::string& name) const override {
    const std::string path = path_of(name);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
      if (errno == ENOENT) {
        return std::optional<std::string>();
      }
      return fail(ErrorKind::internal, "cannot open {}: {}", path, reason());
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return fail(ErrorKind::internal, "{} is no file", path);
    }
    if ((status.st_mode & k_others) != 0) {
      return fail(ErrorKind::denied, "{} is open to other users: chmod 0600", path);
    }
    std::string bytes(k_key_file_bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < bytes.size()) {
      const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
      if (got < 0 && errno != EINTR) {
        return fail(ErrorKind::internal, "cannot read {}: {}", path, reason());
      }
      if (got == 0) {
        break;
      }
      size += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    if (size > k_key_file_bytes_max) {
      return fail(ErrorKind::damaged, "{} is too large for a key", path);
    }
    bytes.resize(size);
    return std::optional<std::string>(std::move(bytes));
  }

  Status create(const std::string& name, std::string_view bytes) override {
    const std::string path = path_of(name);
    const std::string folder = parent_of(path);
    if (folder != path_) {
      if (Status made = make_folder(folder); !made) {
        return made;
      }
      sync_folder(path_);
    }
    const std::string temporary = folder + "/." + to_hex(random_.bytes(8)) + ".new";
    if (Status written = write_temporary(temporary, bytes); !written) {
      ::unlink(temporary.c_str());
      return written;
    }
    const bool renamed = ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
    const int failure = errno;
    if (!renamed) {
      ::unlink(temporary.c_str());
    }
    // Also when somebody else was first: whoever reads that file now must not lose it.
    sync_folder(folder);
    if (renamed) {
      return {};
    }
    if (failure == EEXIST) {
      return fail(ErrorKind::conflict, "{} is there already", path);
    }
    return fail(ErrorKind::internal, "cannot rename to {}: error {}", path, failure);
  }

  Result<std::vector<std::string>> list(const std::string& folder) const override {
    const std::string path = path_of(folder);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    std::vector<std::string> names;
    if (directory == nullptr) {
      if (errno == ENOENT) {
        return names;
      }
      return fail(ErrorKind::internal, "cannot list {}: {}", path, reason());
    }
    while (const dirent* const entry = ::readdir(directory.get())) {  // one stream, one thread: safe in glibc
      if (entry->d_name[0] != '.') {
        names.emplace_back(entry->d_name);
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Status remove(const std::string& name) override {
    const std::string path = path_of(name);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      return fail(ErrorKind::internal, "cannot remove {}: {}", path, reason());
    }
    return {};
  }

 private:
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  Status write_temporary(const std::string& path, std::string_view bytes) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, k_file_mode));
    if (!file.valid()) {
      return fail(ErrorKind::internal, "cannot make {}: {}", path, reason());
    }
    if (Status written = write_all(file.get(), bytes); !written) {
      return written;
    }
    if (::fsync(file.get()) != 0) {
      fatal_("fsync of a key file: " + reason());
    }
    return {};
  }

  void sync_folder(const std::string& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fsync(folder.get()) != 0) {
      fatal_("fsync of a key folder: " + reason());
    }
  }

  const std::string path_;
  Random& random_;
  const io::FatalHandler fatal_;
};

}  // namespace

Result<std::unique_ptr<KeyFiles>> open_key_folder(const std::string& path, Random& random, io::FatalHandler fatal) {
  if (const Status made = make_folder(path); !made) {
    return tl::make_unexpected(made.error());
  }
  const Descriptor parent(::open(parent_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid() || ::fsync(parent.get()) != 0) {
    fatal("fsync of the folder around the keys: " + reason());
  }
  return std::make_unique<KeyFolder>(path, random, std::move(fatal));
}

}  // namespace ostraka::keys
