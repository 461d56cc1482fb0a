// An owned file descriptor, and how errno becomes an Error.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "base/result.h"

namespace ostraka::io {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// The error of the system call that just failed. REQUIRES: errno is still its.
tl::unexpected<Error> system_failure(const char* what, const std::string& path);

// open(2) with O_CLOEXEC.
Result<Descriptor> open_descriptor(const std::string& path, int flags);

}  // namespace ostraka::io
