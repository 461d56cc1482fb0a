// In place of ring_writer.cc where liburing-dev is missing.
#include "parts/write_methods.h"

namespace ostraka::bench {

Result<std::unique_ptr<BatchWriter>> open_ring_writer(const WriteMethod&, const std::string&) {
  return fail(ErrorKind::unavailable, "io_uring: built without liburing-dev");
}

}  // namespace ostraka::bench
