// What the log needs of a disk, behind an interface, so that it runs on the machine's file system and on a simulated
// disk alike.
//
// Durability: a file's bytes are on stable storage when sync() has succeeded, a directory's entries when
// sync_directory() has. Nothing else promises anything. After a failed sync() nobody knows what is on the medium, the
// page cache may claim otherwise, and syncing again proves nothing: the caller has to stop (fatal.h).
//
// Errors: not_found, conflict (exists, or locked by somebody else), disk_full, denied, unavailable (anything else).
// Paths are absolute or relative to the working directory. FileSystem is thread-safe; a File, a FileLock and a
// SharedWords say themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace ostraka::io {

// The granularity at which files should be written so that no write touches bytes that are durable already.
inline constexpr std::size_t k_block_bytes = 4096;

// Owned by one thread at a time.
class File {
 public:
  virtual ~File() = default;

  // Bytes from `at`; fewer than asked for only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t at, std::span<char> into) = 0;

  // The same, but past the page cache: what the storage itself returns. Where the file system cannot do that, it asks
  // for the cached pages to be dropped first.
  virtual Result<std::size_t> read_from_medium(std::uint64_t at, std::span<char> into) = 0;

  // Writes all of it or fails; when it fails any part of it may have been written.
  virtual Status write_at(std::uint64_t at, std::string_view bytes) = 0;

  // Makes the file at least this long and reserves the space for it. Reserved bytes read as zeros.
  virtual Status allocate(std::uint64_t bytes) = 0;

  // Everything written so far is on stable storage when this succeeds, with the size needed to read it.
  virtual Status sync() = 0;

  // Has the device take these bytes now, and waits: so that a later sync() has little left to do, and others who sync
  // meanwhile do not wait for all of it. Its cache is not flushed: nothing is durable by this. A failure counts as one of
  // sync(), for the kernel tells of it only once.
  virtual Status write_back(std::uint64_t at, std::uint64_t bytes) = 0;

  // write_at() and write_back() in one, past the page cache where the file system can do that: for much that is not read
  // again soon. REQUIRES: `at` and the size are whole blocks.
  virtual Status write_through(std::uint64_t at, std::string_view bytes) {
    const Status written = write_at(at, bytes);
    return written ? write_back(at, bytes.size()) : written;
  }

  virtual Result<std::uint64_t> size() = 0;
};

// Held until it is destroyed or the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// A small file mapped into every process that opens it: words that one process stores and others load, without locks,
// and a way to wait for a change. Thread-safe, except that one thread stores.
class SharedWords {
 public:
  static constexpr std::size_t k_words = 8;  // 64 bytes: one sector, so that they reach the medium together

  virtual ~SharedWords() = default;

  // REQUIRES: index < k_words.
  virtual std::uint64_t load(std::size_t index) const = 0;         // acquires
  virtual void store(std::size_t index, std::uint64_t value) = 0;  // releases. REQUIRES: opened for writing

  // What was stored is on stable storage. The words also reach it by themselves, some time.
  virtual Status sync() = 0;

  // Changes with every wake_all() of the process that stores.
  virtual std::uint32_t wakes() const = 0;
  // Ends every wait() in every process. REQUIRES: opened for writing.
  virtual void wake_all() = 0;
  // Ends the waits that have begun already, and changes no word: also for those who only read.
  virtual void wake_waiting() = 0;
  // Returns when wakes() is not `seen` any more, when woken, after the time, or for no reason.
  virtual void wait(std::uint32_t seen, Milliseconds at_most) = 0;
};

enum class OpenFile {
  reading,     // must exist
  writing,     // must exist
  create_new,  // conflict when it exists
};

enum class OpenWords {
  reading,            // must exist and be complete, else not_found
  creating_writable,  // created with zeros, durably, when it does not exist
};

enum class IfTargetExists { replace, refuse };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenFile how) = 0;

  // Atomic, and durable once the directory is synced. REQUIRES: both in the same directory.
  virtual Status rename(const std::string& from, const std::string& to, IfTargetExists how) = 0;

  virtual Status remove(const std::string& path) = 0;

  // The names in a directory, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;

  // conflict when it exists, not_found when its parent does not.
  virtual Status create_directory(const std::string& directory) = 0;

  virtual Status sync_directory(const std::string& directory) = 0;

  // Takes the lock at once or fails with conflict. Creates the file when it is missing; its content means nothing.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;

  virtual Result<std::unique_ptr<SharedWords>> open_shared_words(const std::string& path, OpenWords how) = 0;
};

// "a/b/c" -> "a/b"; "c" -> ".".
std::string parent_directory(std::string_view path);

}  // namespace ostraka::io
