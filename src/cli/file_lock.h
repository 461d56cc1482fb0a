// An advisory lock on a file (flock): held as long as anybody has the descriptor open, so a process that dies in any
// way lets go of it, and a child that inherited the descriptor keeps it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "io/descriptor.h"

namespace ostraka::cli {

class FileLock {
 public:
  // Takes it if nobody has it; empty when somebody has. Errors: unavailable. The descriptor is closed on exec.
  static Result<std::optional<FileLock>> try_take(const std::string& path);

  int descriptor() const { return file_.get(); }
  // Replaces the file's content: for people who look.
  Status note(std::string_view text) const;

 private:
  explicit FileLock(io::Descriptor file) : file_(std::move(file)) {}

  io::Descriptor file_;
};

}  // namespace ostraka::cli
