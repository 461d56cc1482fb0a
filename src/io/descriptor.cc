#include "io/descriptor.h"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

namespace ostraka::io {

namespace {

ErrorKind kind_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case EEXIST:
    case EWOULDBLOCK:
      return ErrorKind::conflict;
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::disk_full;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::denied;
    default:
      return ErrorKind::unavailable;
  }
}

}  // namespace

tl::unexpected<Error> system_failure(const char* what, const std::string& path) {
  const int error = errno;
  return fail(kind_of(error), "{} {}: {}", what, path, std::generic_category().message(error));
}

Result<Descriptor> open_descriptor(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    return system_failure("open", path);
  }
  return Descriptor(fd);
}

}  // namespace ostraka::io
