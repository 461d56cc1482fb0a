#include "io/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "io/descriptor.h"
#include "io/posix_file.h"
#include "io/posix_shared_words.h"

namespace ostraka::io {

namespace {

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

int flags_of(OpenFile how) {
  switch (how) {
    case OpenFile::reading:
      return O_RDONLY;
    case OpenFile::writing:
      return O_RDWR;
    case OpenFile::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenFile how) override {
    Result<Descriptor> descriptor = open_descriptor(path, flags_of(how));
    if (!descriptor) {
      return tl::make_unexpected(descriptor.error());
    }
    return std::make_unique<PosixFile>(std::move(*descriptor), path);
  }

  Status rename(const std::string& from, const std::string& to, IfTargetExists how) override {
    if (how == IfTargetExists::replace) {
      return ::rename(from.c_str(), to.c_str()) == 0 ? Status{} : Status(system_failure("rename to", to));
    }
    // link(2) refuses an existing target on every file system; renameat2 with RENAME_NOREPLACE does on some.
    if (::link(from.c_str(), to.c_str()) != 0) {
      return system_failure("rename to", to);
    }
    return remove(from);
  }

  Status remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 ? Status{} : Status(system_failure("remove", path));
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) {
      return system_failure("list", directory);
    }
    std::vector<std::string> names;
    errno = 0;
    // One stream per call: readdir is safe.
    while (const dirent* entry = ::readdir(stream)) {  // NOLINT(concurrency-mt-unsafe)
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        names.emplace_back(name);
      }
    }
    const int error = errno;
    ::closedir(stream);
    if (error != 0) {
      errno = error;
      return system_failure("list", directory);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Status create_directory(const std::string& directory) override {
    return ::mkdir(directory.c_str(), 0750) == 0 ? Status{} : Status(system_failure("create directory", directory));
  }

  Status sync_directory(const std::string& directory) override {
    const Result<Descriptor> descriptor = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
    if (!descriptor) {
      return tl::make_unexpected(descriptor.error());
    }
    return ::fsync(descriptor->get()) == 0 ? Status{} : Status(system_failure("sync directory", directory));
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Result<Descriptor> descriptor = open_descriptor(path, O_RDWR | O_CREAT);
    if (!descriptor) {
      return tl::make_unexpected(descriptor.error());
    }
    if (::flock(descriptor->get(), LOCK_EX | LOCK_NB) != 0) {
      return system_failure("lock", path);
    }
    return std::make_unique<PosixFileLock>(std::move(*descriptor));
  }

  Result<std::unique_ptr<SharedWords>> open_shared_words(const std::string& path, OpenWords how) override {
    return open_posix_shared_words(path, how);
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace ostraka::io
