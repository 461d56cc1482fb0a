#include "log/embedded/segment_scan.h"

#include <algorithm>
#include <vector>

#include "base/broken.h"
#include "log/embedded/batch.h"
#include "base/crc32c.h"

namespace ostraka::log {

namespace {

class Scanner {
 public:
  Scanner(io::File& file, const std::string& path, const SegmentExpectation& expected, ReadFrom from)
      : window_(file, from), path_(path), expected_(expected) {}

  Result<SegmentScan> run(std::uint64_t file_bytes) {
    scan_.file_bytes = file_bytes;
    scan_.next = expected_.base;
    scan_.proven = expected_.base;
    scan_.last_crc = expected_.previous_crc.value_or(0);
    if (Status read = read_header(); !read) {
      return tl::make_unexpected(read.error());
    }
    bool going = true;
    while (going) {
      Result<bool> taken = take_batch();
      if (!taken) {
        return tl::make_unexpected(taken.error());
      }
      going = *taken && !scan_.ended;
    }
    if (Status looked = look_behind(); !looked) {
      return tl::make_unexpected(looked.error());
    }
    return std::move(scan_);
  }

 private:
  Status read_header() {
    const Result<std::string_view> bytes = window_.view(0, k_segment_header_bytes);
    if (!bytes) {
      return tl::make_unexpected(bytes.error());
    }
    const DecodedSegmentHeader decoded = decode_segment_header(*bytes);
    if (decoded.fault == HeaderFault::newer_version) {
      return fail(ErrorKind::invalid, "{}: written in format version {}, this program reads up to {}: use a newer one",
                  path_, decoded.version, k_format_version);
    }
    if (decoded.fault != HeaderFault::none) {
      return fail(ErrorKind::damaged, "{}: byte 0, offset {}: the segment header is not readable", path_,
                  expected_.base.value);
    }
    const SegmentHeader& header = decoded.header;
    if (header.log_id != expected_.log_id) {
      return fail(ErrorKind::damaged, "{}: byte 16, offset {}: the segment belongs to another log", path_,
                  expected_.base.value);
    }
    if (header.name.stream != expected_.name.stream || header.name.partition != expected_.name.partition ||
        header.base != expected_.base) {
      return fail(ErrorKind::damaged, "{}: byte 32, offset {}: the segment says it is {}/{} from offset {}", path_,
                  expected_.base.value, header.name.stream, header.name.partition.value, header.base.value);
    }
    scan_.header = header;
    scan_.position = k_segment_header_bytes;
    scan_.nonzero_end = k_segment_header_bytes;
    torn_end_ = k_segment_header_bytes;
    return {};
  }

  // False when the chain stops here.
  Result<bool> take_batch() {
    const Result<std::string_view> bytes = window_.view(scan_.position, k_batch_header_bytes);
    if (!bytes) {
      return tl::make_unexpected(bytes.error());
    }
    const DecodedBatchHeader decoded = decode_batch_header(*bytes);
    if (decoded.fault == HeaderFault::newer_version) {
      return fail(ErrorKind::invalid, "{}: byte {}: written in format version {}, this program reads up to {}", path_,
                  scan_.position, decoded.version, k_format_version);
    }
    if (decoded.fault != HeaderFault::none) {
      // One batch is in flight at a time, so a tear is never longer than the longest batch.
      torn_end_ = scan_.position + k_batch_file_bytes_max;
      stop(decoded.fault == HeaderFault::unreadable ? "the batch header is not readable" : "");
      return false;
    }
    const BatchHeader& header = decoded.header;
    if (const char* strange = what_is_foreign(header); strange != nullptr) {
      // Its check sum is right, so it was written like this: no tear does that.
      damage(scan_.position, strange);
      return false;
    }
    return take_body(header);
  }

  const char* what_is_foreign(const BatchHeader& header) const {
    if (header.log_id_bits != expected_.log_id.first_eight()) {
      return "the batch belongs to another log";
    }
    if (header.base != scan_.next) {
      return "the batch has another offset than follows";
    }
    const bool is_first = scan_.position == k_segment_header_bytes;
    if (header.previous_crc != scan_.last_crc && (!is_first || expected_.previous_crc)) {
      return "the batch does not follow the one before it";
    }
    return header.durable_before > header.base ? "the batch says that more was durable than was written" : nullptr;
  }

  Result<bool> take_body(const BatchHeader& header) {
    const std::size_t bytes_wanted = batch_bytes(header.payload_bytes);
    const Result<std::string_view> bytes = window_.view(scan_.position, bytes_wanted);
    if (!bytes) {
      return tl::make_unexpected(bytes.error());
    }
    const bool is_torn = bytes->size() < bytes_wanted || !has_body(*bytes, header);
    if (is_torn && !broken(Break::partial_batch_is_whole)) {
      torn_end_ = scan_.position + bytes_wanted;
      stop(bytes->size() < bytes_wanted ? "the file ends inside the batch" : "the batch's check sum is wrong");
      return false;
    }
    records_.clear();
    if (!take_records(bytes->substr(k_batch_header_bytes, header.payload_bytes), header.record_count, records_) &&
        !broken(Break::partial_batch_is_whole)) {
      damage(scan_.position, "the batch's records are not readable");
      return false;
    }
    scan_.position += bytes_wanted;
    scan_.next = header.next();
    scan_.last_crc = header.header_crc;
    scan_.proven = std::max(scan_.proven, header.durable_before);
    scan_.sealed = header.kind != BatchKind::data;
    scan_.ended = header.kind == BatchKind::end;
    scan_.nonzero_end = scan_.position;
    torn_end_ = scan_.position;
    return true;
  }

  static bool has_body(std::string_view bytes, const BatchHeader& header) {
    return broken(Break::no_check_sum) || crc32c(bytes.substr(k_batch_header_bytes)) == header.body_crc;
  }

  void stop(const char* why) { scan_.stop = why; }

  void damage(std::uint64_t byte, const char* what) {
    scan_.damage = Damage{byte, scan_.next, what};
    scan_.stop = what;
    torn_end_ = scan_.position + k_batch_file_bytes_max;
  }

  // The rest of the file: what else does it prove, and does anything stand there that a tear cannot have left?
  Status look_behind() {
    for (std::uint64_t at = scan_.position; at < scan_.file_bytes; at += k_block_bytes) {
      const Result<std::string_view> block = window_.view(at, k_block_bytes);
      if (!block) {
        return tl::make_unexpected(block.error());
      }
      if (is_all_zero(*block)) {
        continue;
      }
      scan_.nonzero_end = at + block->find_last_not_of('\0') + 1;
      const DecodedBatchHeader decoded = decode_batch_header(*block);
      if (decoded.fault == HeaderFault::none && decoded.header.log_id_bits == expected_.log_id.first_eight()) {
        scan_.proven = std::max(scan_.proven, decoded.header.durable_before);
      }
      if (scan_.nonzero_end > torn_end_ && !scan_.damage) {
        const std::uint64_t first = at + block->find_first_not_of('\0');
        scan_.damage = Damage{std::max(first, torn_end_), scan_.next,
                              scan_.ended ? "there are bytes behind the end of the segment"
                                          : "there are bytes that no torn write explains"};
      }
    }
    return {};
  }

  BlockWindow window_;
  const std::string& path_;
  const SegmentExpectation& expected_;
  SegmentScan scan_;
  std::uint64_t torn_end_ = 0;  // behind the last byte that a tear may have left
  std::vector<std::string_view> records_;
};

}  // namespace

Result<SegmentScan> scan_segment(io::File& file, const std::string& path, const SegmentExpectation& expected,
                                 ReadFrom from) {
  const Result<std::uint64_t> file_bytes = file.size();
  if (!file_bytes) {
    return tl::make_unexpected(file_bytes.error());
  }
  return Scanner(file, path, expected, from).run(*file_bytes);
}

}  // namespace ostraka::log
