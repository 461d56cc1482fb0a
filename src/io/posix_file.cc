#include "io/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/check.h"

namespace ostraka::io {

namespace {

constexpr std::size_t k_direct_bytes = 1U << 20;

// While it lives, what is read and written by the descriptor goes past the page cache.
class DirectAccess {
 public:
  explicit DirectAccess(int fd) : fd_(fd), flags_(fcntl(fd, F_GETFL)) {
    supported_ = flags_ >= 0 && fcntl(fd_, F_SETFL, flags_ | O_DIRECT) == 0;
  }
  DirectAccess(const DirectAccess&) = delete;
  DirectAccess& operator=(const DirectAccess&) = delete;
  ~DirectAccess() {
    if (supported_) {
      fcntl(fd_, F_SETFL, flags_);
    }
  }
  bool supported() const { return supported_; }

 private:
  int fd_;
  int flags_;
  bool supported_;
};

ssize_t pread_retrying(int fd, char* into, std::size_t count, std::uint64_t at) {
  ssize_t got = 0;
  do {
    got = ::pread(fd, into, count, static_cast<off_t>(at));
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

Result<std::size_t> PosixFile::read_at(std::uint64_t at, std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = pread_retrying(descriptor_.get(), into.data() + done, into.size() - done, at + done);
    if (got < 0) {
      return system_failure("read", path_);
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

char* PosixFile::aligned() {
  if (!aligned_) {
    aligned_.reset(static_cast<char*>(std::aligned_alloc(k_block_bytes, k_direct_bytes)));
    if (!aligned_) {
      throw std::bad_alloc();
    }
  }
  return aligned_.get();
}

Result<bool> PosixFile::read_direct(std::uint64_t at, std::span<char> into, std::size_t& done) {
  const DirectAccess direct(descriptor_.get());
  if (!direct.supported()) {
    return false;
  }
  char* const buffer = aligned();
  done = 0;
  while (done < into.size()) {
    // Direct reads begin and end on block borders: the wanted bytes are somewhere inside.
    const std::uint64_t wanted = at + done;
    const std::uint64_t from = wanted / k_block_bytes * k_block_bytes;
    const std::size_t skip = wanted - from;
    const std::size_t rounded = (skip + into.size() - done + k_block_bytes - 1) / k_block_bytes * k_block_bytes;
    const ssize_t got = pread_retrying(descriptor_.get(), buffer, std::min(rounded, k_direct_bytes), from);
    if (got < 0 && errno == EINVAL && done == 0) {
      return false;
    }
    if (got < 0) {
      return system_failure("read from the medium", path_);
    }
    if (static_cast<std::size_t>(got) <= skip) {
      break;
    }
    const std::size_t useful = std::min(static_cast<std::size_t>(got) - skip, into.size() - done);
    std::memcpy(into.data() + done, buffer + skip, useful);
    done += useful;
    if (static_cast<std::size_t>(got) % k_block_bytes != 0) {
      break;  // the end of the file
    }
  }
  return true;
}

Result<std::size_t> PosixFile::read_from_medium(std::uint64_t at, std::span<char> into) {
  std::size_t done = 0;
  const Result<bool> direct = read_direct(at, into, done);
  if (!direct) {
    return tl::make_unexpected(direct.error());
  }
  if (*direct) {
    return done;
  }
  // Memory file systems have no medium below the cache; network ones drop what they hold.
  posix_fadvise(descriptor_.get(), static_cast<off_t>(at), static_cast<off_t>(into.size()), POSIX_FADV_DONTNEED);
  return read_at(at, into);
}

Status PosixFile::write_at(std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return system_failure("write", path_);
    }
    if (written == 0) {
      errno = ENOSPC;
      return system_failure("write", path_);
    }
    at += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<bool> PosixFile::write_direct(std::uint64_t at, std::string_view bytes) {
  const DirectAccess direct(descriptor_.get());
  if (!direct.supported()) {
    return false;
  }
  char* const buffer = aligned();
  bool is_first = true;
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), k_direct_bytes);
    std::memcpy(buffer, bytes.data(), count);
    const ssize_t written = ::pwrite(descriptor_.get(), buffer, count, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0 && errno == EINVAL && is_first) {
      return false;
    }
    if (written < 0) {
      return system_failure("write past the cache", path_);
    }
    // What is not a whole block was cut short by a disk that is full, and the rest would not be aligned.
    if (written == 0 || static_cast<std::size_t>(written) % k_block_bytes != 0) {
      errno = ENOSPC;
      return system_failure("write past the cache", path_);
    }
    at += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    is_first = false;
  }
  return true;
}

Status PosixFile::write_through(std::uint64_t at, std::string_view bytes) {
  check(at % k_block_bytes == 0 && bytes.size() % k_block_bytes == 0, "whole blocks");
  const Result<bool> direct = write_direct(at, bytes);
  if (!direct) {
    return tl::make_unexpected(direct.error());
  }
  return *direct ? Status{} : File::write_through(at, bytes);
}

Status PosixFile::allocate(std::uint64_t bytes) {
  int error = 0;
  do {
    error = posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  if (error != 0) {
    errno = error;
    return system_failure("allocate", path_);
  }
  return {};
}

Status PosixFile::sync() {
  // Never again after a failure, EINTR included: the kernel reports a lost write once.
  if (::fdatasync(descriptor_.get()) != 0) {
    return system_failure("sync", path_);
  }
  return {};
}

Status PosixFile::write_back(std::uint64_t at, std::uint64_t bytes) {
  // No journal commit and no flush of the device's cache, which are what others would wait for.
  if (::sync_file_range(descriptor_.get(), static_cast<off_t>(at), static_cast<off_t>(bytes),
                        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) != 0) {
    if (errno == ENOSYS || errno == EINVAL || errno == ESPIPE) {
      return {};  // not on this system: the sync has all of it to do
    }
    return system_failure("write back", path_);
  }
  return {};
}

Result<std::uint64_t> PosixFile::size() {
  struct stat status{};
  if (::fstat(descriptor_.get(), &status) != 0) {
    return system_failure("stat", path_);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace ostraka::io
