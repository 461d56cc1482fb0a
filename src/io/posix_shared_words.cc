#include "io/posix_shared_words.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>

#include "base/check.h"
#include "io/descriptor.h"

namespace ostraka::io {

namespace {

// Where a futex cannot wait on this mapping, waiting becomes looking again this often.
constexpr Milliseconds k_poll{2};
constexpr std::size_t k_wake_word = SharedWords::k_words - 1;

static_assert(sizeof(std::atomic<std::uint64_t>) == 8 && std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::uint32_t>) == 4 && std::atomic<std::uint32_t>::is_always_lock_free);

timespec to_timespec(Milliseconds time) {
  const auto count = std::max<Milliseconds::rep>(time.count(), 0);
  return timespec{static_cast<time_t>(count / 1000), static_cast<long>(count % 1000 * 1'000'000)};
}

class PosixSharedWords final : public SharedWords {
 public:
  PosixSharedWords(char* page, std::string path) : page_(page), path_(std::move(path)) {}
  PosixSharedWords(const PosixSharedWords&) = delete;
  PosixSharedWords& operator=(const PosixSharedWords&) = delete;
  ~PosixSharedWords() override { munmap(page_, k_block_bytes); }

  std::uint64_t load(std::size_t index) const override { return word(index).load(std::memory_order_acquire); }
  void store(std::size_t index, std::uint64_t value) override { word(index).store(value, std::memory_order_release); }
  Status sync() override {
    if (msync(page_, k_block_bytes, MS_SYNC) != 0) {
      return system_failure("sync", path_);
    }
    return {};
  }
  std::uint32_t wakes() const override { return wake_counter().load(std::memory_order_acquire); }
  void wake_all() override {
    wake_counter().fetch_add(1, std::memory_order_release);
    wake_waiting();
  }
  void wake_waiting() override { syscall(SYS_futex, &wake_counter(), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }
  void wait(std::uint32_t seen, Milliseconds at_most) override {
    const timespec timeout = to_timespec(at_most);
    if (syscall(SYS_futex, &wake_counter(), FUTEX_WAIT, seen, &timeout, nullptr, 0) != 0 && errno != EAGAIN &&
        errno != EINTR && errno != ETIMEDOUT) {
      const timespec poll = to_timespec(std::min(at_most, k_poll));
      nanosleep(&poll, nullptr);
    }
  }

 private:
  std::atomic<std::uint64_t>& word(std::size_t index) const {
    check(index < k_words);
    return reinterpret_cast<std::atomic<std::uint64_t>*>(page_)[index];
  }
  std::atomic<std::uint32_t>& wake_counter() const {
    return *reinterpret_cast<std::atomic<std::uint32_t>*>(page_ + k_wake_word * sizeof(std::uint64_t));
  }

  char* page_;
  std::string path_;
};

// Writing to a mapped page that has no block behind it would end the process on a full disk: blocks first.
Status fill_with_zeros(const Descriptor& file, const std::string& path) {
  const std::string zeros(k_block_bytes, '\0');
  if (::pwrite(file.get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size())) {
    return system_failure("write", path);
  }
  if (::fdatasync(file.get()) != 0) {
    return system_failure("sync", path);
  }
  const Result<Descriptor> directory = open_descriptor(parent_directory(path), O_RDONLY | O_DIRECTORY);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  if (::fsync(directory->get()) != 0) {
    return system_failure("sync", path);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<SharedWords>> open_posix_shared_words(const std::string& path, OpenWords how) {
  const bool writable = how == OpenWords::creating_writable;
  const Result<Descriptor> file = open_descriptor(path, writable ? O_RDWR | O_CREAT : O_RDONLY);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) {
    return system_failure("stat", path);
  }
  // A page that ends before its last byte must not be touched (SIGBUS): one that is still being made is not there yet.
  if (static_cast<std::uint64_t>(status.st_size) < k_block_bytes) {
    if (!writable) {
      return fail(ErrorKind::not_found, "{} is not complete", path);
    }
    if (Status filled = fill_with_zeros(*file, path); !filled) {
      return tl::make_unexpected(filled.error());
    }
  }
  void* page = mmap(nullptr, k_block_bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file->get(), 0);
  if (page == MAP_FAILED) {
    return system_failure("map", path);
  }
  return std::make_unique<PosixSharedWords>(static_cast<char*>(page), path);
}

}  // namespace ostraka::io
