// Segment files in the making: zeros first, durable, then a header, then a name. Only then is anything written to one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "log/embedded/format.h"
#include "log/embedded/storage.h"

namespace ostraka::log {

// A file of durable zeros that has no part in the log yet.
struct PreparedSegment {
  std::unique_ptr<io::File> file;
  std::string path;
  std::uint64_t bytes = 0;
};

// Errors: disk_full (the file is gone again), unavailable. May be called from another thread than the writer's: then
// `rest` is called after every piece, each of them durable by itself, so that the disk is not kept from appends that
// wait for it. Without it the zeros go out in one.
Result<PreparedSegment> prepare_segment(const Storage& storage, const std::string& path, std::uint64_t bytes,
                                        const std::function<void()>& rest = {});

// Makes it the segment that `header` says, replacing one of the same base. Durable when it returns. When it fails with
// disk_full the prepared file is still one.
Status activate_segment(const Storage& storage, PreparedSegment& prepared, const SegmentHeader& header,
                        const std::string& partition_directory);

}  // namespace ostraka::log
