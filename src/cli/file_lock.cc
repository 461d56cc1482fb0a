#include "cli/file_lock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include <cerrno>

namespace ostraka::cli {

Result<std::optional<FileLock>> FileLock::try_take(const std::string& path) {
  io::Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    return fail(ErrorKind::unavailable, "{}: {}", path, strerrordesc_np(errno));
  }
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    return FileLock(std::move(file));
  }
  if (errno == EWOULDBLOCK) {
    return std::nullopt;
  }
  return fail(ErrorKind::unavailable, "{} cannot be locked: {}", path, strerrordesc_np(errno));
}

Status FileLock::note(std::string_view text) const {
  const bool written = ftruncate(file_.get(), 0) == 0 &&
                       pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written) {
    return fail(ErrorKind::unavailable, "the lock file cannot be written: {}", strerrordesc_np(errno));
  }
  return {};
}

}  // namespace ostraka::cli
