#include "log/embedded/mark.h"

#include <algorithm>
#include <optional>

#include "log/embedded/format.h"
#include "log/embedded/layout.h"

namespace ostraka::log {

namespace {

tl::unexpected<Error> ends_before(const std::string& path, Offset at) {
  return fail(ErrorKind::not_found, "{}: the log ends before offset {}", path, at.value);
}

// The segment with the last batch before `at`, with its header checked.
Result<std::unique_ptr<io::File>> open_segment_before(io::FileSystem& files, const std::string& path, const LogId& id,
                                                      const PartitionName& name) {
  Result<std::unique_ptr<io::File>> file = files.open(path, io::OpenFile::reading);
  if (!file) {
    return file;
  }
  std::string bytes(k_segment_header_bytes, '\0');
  const Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) {
    return tl::make_unexpected(got.error());
  }
  bytes.resize(*got);
  const DecodedSegmentHeader decoded = decode_segment_header(bytes);
  if (decoded.fault != HeaderFault::none || decoded.header.log_id != id || decoded.header.name.stream != name.stream ||
      decoded.header.name.partition != name.partition) {
    return fail(ErrorKind::damaged, "{}: the segment header is not this partition's", path);
  }
  return file;
}

// The header crc of the data batch that ends at `at`.
Result<std::uint32_t> crc_of_batch_before(io::File& file, const std::string& path, const LogId& id, Offset at) {
  std::string bytes(k_batch_header_bytes, '\0');
  std::optional<std::uint32_t> previous_crc;
  for (std::uint64_t position = k_segment_header_bytes;;) {
    const Result<std::size_t> got = file.read_at(position, bytes);
    if (!got) {
      return tl::make_unexpected(got.error());
    }
    const DecodedBatchHeader decoded = decode_batch_header(std::string_view(bytes).substr(0, *got));
    const BatchHeader& header = decoded.header;
    if (decoded.fault != HeaderFault::none || header.log_id_bits != id.first_eight()) {
      return ends_before(path, at);
    }
    if (previous_crc && header.previous_crc != *previous_crc) {
      return fail(ErrorKind::damaged, "{}: byte {}: the batch does not follow the one before it", path, position);
    }
    if (header.kind == BatchKind::data && header.next() == at) {
      return header.header_crc;
    }
    if (header.next() > at) {
      return fail(ErrorKind::invalid, "{}: no append ended at offset {}", path, at.value);
    }
    previous_crc = header.header_crc;
    position += batch_bytes(header.payload_bytes);
  }
}

}  // namespace

Result<Mark> partition_mark(io::FileSystem& files, const std::string& directory, const PartitionName& name, Offset at) {
  const Result<LogId> id = read_log_id(files, directory);
  if (!id) {
    return tl::make_unexpected(id.error());
  }
  Mark mark{std::string(id->view()), at, 0};
  if (at == Offset{}) {
    return mark;
  }
  const std::string place = partition_directory(directory, name);
  const Result<std::vector<Offset>> bases = list_segments(files, place);
  if (!bases) {
    return tl::make_unexpected(bases.error());
  }
  const auto behind = std::lower_bound(bases->begin(), bases->end(), at);
  if (behind == bases->begin()) {
    return ends_before(place, at);
  }
  const std::string path = segment_path(place, *std::prev(behind));
  const auto file = open_segment_before(files, path, *id, name);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  const Result<std::uint32_t> crc = crc_of_batch_before(**file, path, *id, at);
  if (!crc) {
    return tl::make_unexpected(crc.error());
  }
  mark.running_crc = *crc;
  return mark;
}

}  // namespace ostraka::log
