#include "log/embedded/segment_file.h"

#include <algorithm>

#include "base/broken.h"
#include "base/check.h"
#include "log/embedded/layout.h"

namespace ostraka::log {

namespace {

constexpr std::size_t k_zero_chunk_bytes = 1U << 18;

Status fill(io::File& file, std::uint64_t bytes, const std::function<void()>& rest) {
  // The space first: one call that fails early, and one extent instead of many.
  if (Status allocated = file.allocate(bytes); !allocated) {
    return allocated;
  }
  // Written zeros, not only reserved ones: else every later write would have to convert its blocks, in the same sync.
  const std::string zeros(std::min<std::uint64_t>(bytes, k_zero_chunk_bytes), '\0');
  for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
    const std::uint64_t left = bytes - at;
    if (Status written = file.write_at(at, std::string_view(zeros).substr(0, left)); !written) {
      return written;
    }
    if (rest && left > zeros.size()) {
      if (Status written_back = file.write_back(at, zeros.size()); !written_back) {
        return written_back;
      }
      rest();
    }
  }
  return file.sync();
}

}  // namespace

Result<PreparedSegment> prepare_segment(const Storage& storage, const std::string& path, std::uint64_t bytes,
                                        const std::function<void()>& rest) {
  Result<std::unique_ptr<io::File>> file = storage.files.open(path, io::OpenFile::create_new);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  if (Status filled = fill(**file, bytes, rest); !filled) {
    if (filled.error().kind != ErrorKind::disk_full) {
      return storage.broken(filled.error());
    }
    // Also when the sync said so (delayed allocation): nothing was ever to be read from this file, so it just goes.
    (void)storage.files.remove(path);
    return tl::make_unexpected(filled.error());
  }
  return PreparedSegment{std::move(*file), path, bytes};
}

Status activate_segment(const Storage& storage, PreparedSegment& prepared, const SegmentHeader& header,
                        const std::string& partition_directory) {
  check(header.segment_bytes == prepared.bytes);
  Status done = prepared.file->write_at(0, encode_segment_header(header));
  if (done) {
    if (Status synced = storage.sync(*prepared.file, prepared.path); !synced) {
      return synced;
    }
    done = storage.files.rename(prepared.path, segment_path(partition_directory, header.base),
                                io::IfTargetExists::replace);
  }
  if (!done) {
    return done.error().kind == ErrorKind::disk_full ? done : Status(storage.broken(done.error()));
  }
  return broken(Break::forgets_the_directory) ? Status{} : storage.sync_directory(partition_directory);
}

}  // namespace ostraka::log
