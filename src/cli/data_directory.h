// The data directory of one machine: where everything of `ostraka up` lives.
//
//   log/  keys/  providers/  snapshots/  logs/  run/  admin.token  partitions  pids.json  up.lock  up.pid
//
// Directories are 0700: the keys and the token are in here.
#pragma once

#include <string>

#include "base/result.h"

namespace ostraka::cli {

class DataDirectory {
 public:
  // Creates what is missing; all names are durable then. Errors: unavailable, denied.
  static Result<DataDirectory> prepare(const std::string& path);
  // Of a directory that is there already. Errors: not_found.
  static Result<DataDirectory> existing(const std::string& path);

  const std::string& path() const { return path_; }  // absolute
  std::string log() const { return path_ + "/log"; }
  std::string keys() const { return path_ + "/keys"; }
  std::string providers() const { return path_ + "/providers"; }
  std::string snapshots() const { return path_ + "/snapshots"; }  // index snapshots: may always be deleted
  std::string logs() const { return path_ + "/logs"; }
  std::string run() const { return path_ + "/run"; }
  std::string admin_token() const { return path_ + "/admin.token"; }
  std::string partitions() const { return path_ + "/partitions"; }
  std::string pids() const { return path_ + "/pids.json"; }
  std::string services_lock() const { return path_ + "/up.lock"; }
  std::string supervisor_lock() const { return path_ + "/up.pid"; }

  // Makes the admin token when there is none: 32 random bytes in base64url, 0600, never replaced.
  Status ensure_admin_token() const;

  // Where the services' sockets go: run/, or a short directory of its own under /tmp when a socket's path would be
  // longer than the kernel takes; run/sockets then names it, and the next start uses it again.
  Result<std::string> sockets() const;

  // Whether it lies in memory, where nothing survives a restart of the machine.
  bool is_in_memory() const;

 private:
  explicit DataDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace ostraka::cli
