#include "cli/small_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "io/descriptor.h"

namespace ostraka::cli {
namespace {

Status write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return fail(ErrorKind::unavailable, "{}", strerrordesc_np(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_fresh(const std::string& path, const SmallFile& file, std::string_view content) {
  const io::Descriptor fresh(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file.mode));
  if (fresh.get() < 0 || fchmod(fresh.get(), file.mode) != 0) {
    return fail(ErrorKind::unavailable, "{}", strerrordesc_np(errno));
  }
  const auto written = write_all(fresh.get(), content);
  if (written && file.durability == Durability::synced && fsync(fresh.get()) != 0) {
    return fail(ErrorKind::unavailable, "{}", strerrordesc_np(errno));
  }
  return written;
}

Status sync_directory(const std::string& path) {
  const io::Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) {
    return fail(ErrorKind::unavailable, "{}", strerrordesc_np(errno));
  }
  return {};
}

}  // namespace

Status replace_file(const SmallFile& file, std::string_view content) {
  const std::string fresh = file.path + ".new";
  auto done = write_fresh(fresh, file, content);
  if (done && rename(fresh.c_str(), file.path.c_str()) != 0) {
    done = fail(ErrorKind::unavailable, "{}", strerrordesc_np(errno));
  }
  if (done && file.durability == Durability::synced) {
    done = sync_directory(std::filesystem::path(file.path).parent_path());
  }
  if (!done) {
    return fail(ErrorKind::unavailable, "{} cannot be written: {}", file.path, done.error().message);
  }
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const io::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable, "{}: {}", path,
                strerrordesc_np(errno));
  }
  std::string content;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(ErrorKind::unavailable, "{}: {}", path, strerrordesc_np(errno));
    }
    if (got == 0) {
      return content;
    }
    content.append(buffer, static_cast<std::size_t>(got));
    if (content.size() > bytes_max) {
      return fail(ErrorKind::invalid, "{} is larger than {} bytes", path, bytes_max);
    }
  }
}

}  // namespace ostraka::cli
