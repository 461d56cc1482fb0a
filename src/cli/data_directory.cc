#include "cli/data_directory.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/random.h"
#include "cli/small_file.h"
#include "crypto/base64url.h"
#include "io/posix_file_system.h"

namespace ostraka::cli {
namespace {

constexpr std::size_t k_token_bytes = 32;
// sun_path holds 107 characters and its end; some room is left for what a library puts around a name.
constexpr std::size_t k_socket_path_max = 100;
constexpr std::string_view k_longest_socket = "/ballotbox.sock";
constexpr std::size_t k_socket_record_bytes_max = 4096;

Status make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return fail(ErrorKind::unavailable, "{} cannot be created: {}", path, error.message());
  }
  if (chmod(path.c_str(), 0700) != 0) {
    return fail(ErrorKind::denied, "{} cannot be made private: {}", path, strerrordesc_np(errno));
  }
  return {};
}

// The topmost directory on the way to path that is not there yet; path itself when all others are.
std::string topmost_missing(const std::string& path) {
  std::string topmost = path;
  std::error_code unreadable;  // then making it fails, and says why
  for (std::string above = io::parent_directory(path);
       above != topmost && !std::filesystem::exists(above, unreadable);
       above = io::parent_directory(above)) {
    topmost = above;
  }
  return topmost;
}

// The names of the parts, and the way to them from the directory above `topmost`: a log is worth nothing when the way
// to it is lost with the power. Also when they existed: whoever made them may not have come to sync them.
Status make_names_durable(const std::string& path, const std::string& topmost) {
  io::FileSystem& files = io::posix_file_system();
  std::string directory = path;
  while (true) {
    const Status synced = files.sync_directory(directory);
    const bool is_above = directory == io::parent_directory(topmost);
    if (!synced && !(is_above && synced.error().kind == ErrorKind::denied)) {
      return synced;  // one that we may not open is somebody's who made it for us
    }
    if (is_above) {
      return {};
    }
    directory = io::parent_directory(directory);
  }
}

// A directory of ours alone: anybody can make names under /tmp.
bool is_private_directory(const std::string& path) {
  struct stat found{};
  return lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid() &&
         (found.st_mode & 0777) == 0700;
}

}  // namespace

Result<DataDirectory> DataDirectory::prepare(const std::string& path) {
  DataDirectory directory(std::filesystem::absolute(path).lexically_normal().string());
  while (directory.path_.size() > 1 && directory.path_.back() == '/') {
    directory.path_.pop_back();
  }
  const std::string topmost = topmost_missing(directory.path_);
  for (const std::string& part :
       {directory.path_, directory.log(), directory.keys(), directory.logs(), directory.run()}) {
    if (const auto made = make_directory(part); !made) {
      return tl::make_unexpected(made.error());
    }
  }
  if (const auto durable = make_names_durable(directory.path_, topmost); !durable) {
    return tl::make_unexpected(durable.error());
  }
  return directory;
}

Result<DataDirectory> DataDirectory::existing(const std::string& path) {
  DataDirectory directory(std::filesystem::absolute(path).lexically_normal().string());
  if (!std::filesystem::is_directory(directory.log())) {
    return fail(ErrorKind::not_found, "{} is not a data directory: it holds no log", path);
  }
  return directory;
}

Status DataDirectory::ensure_admin_token() const {
  if (std::filesystem::exists(admin_token())) {
    return {};
  }
  return replace_file({.path = admin_token(), .mode = 0600, .durability = Durability::synced},
                      crypto::base64url_encode(system_random().bytes(k_token_bytes)) + "\n");
}

Result<std::string> DataDirectory::sockets() const {
  if (run().size() + k_longest_socket.size() <= k_socket_path_max) {
    return run();
  }
  const std::string record = run() + "/sockets";
  if (auto recorded = read_file(record, k_socket_record_bytes_max)) {
    recorded->resize(recorded->find_last_not_of('\n') + 1);
    if (is_private_directory(*recorded)) {
      return *recorded;
    }
  }
  char name[] = "/tmp/ostraka-XXXXXX";
  if (mkdtemp(name) == nullptr) {
    return fail(ErrorKind::unavailable, "no directory for sockets under /tmp: {}", strerrordesc_np(errno));
  }
  if (const auto written = replace_file({.path = record}, std::string(name) + "\n"); !written) {
    return tl::make_unexpected(written.error());
  }
  return std::string(name);
}

bool DataDirectory::is_in_memory() const {
  struct statfs found{};
  return statfs(path_.c_str(), &found) == 0 && (found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC);
}

}  // namespace ostraka::cli
