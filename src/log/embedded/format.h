// The bytes of a segment file: its header, and the headers of the batches in it. docs/formats/log.md is the page.
//
// Everything is little endian. Blocks of 4096 bytes: the segment header is one, every batch begins on one and is padded
// with zeros to whole ones, so that no write ever touches a block that holds durable bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "io/file_system.h"
#include "log/log.h"

namespace ostraka::log {

inline constexpr std::uint8_t k_format_version = 1;
inline constexpr std::size_t k_block_bytes = io::k_block_bytes;
inline constexpr std::size_t k_stream_bytes_max = 32;  // the stream's name
inline constexpr std::size_t k_batch_header_bytes = 64;
inline constexpr std::size_t k_segment_header_bytes = k_block_bytes;

// Records and the lengths in front of them. Twice what append() takes, so that framing never decides what fits.
inline constexpr std::size_t k_payload_bytes_max = 2 * std::size_t{k_batch_bytes_max};

// A log's identity: random, made once; every file of the log carries it.
struct LogId {
  static constexpr std::size_t k_bytes = 16;
  std::array<char, k_bytes> bytes{};

  auto operator<=>(const LogId&) const = default;
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  // The part that a batch header has room for.
  std::uint64_t first_eight() const;
};

struct SegmentHeader {
  LogId log_id;
  PartitionName name;
  Offset base;
  std::uint64_t segment_bytes = 0;
};

enum class BatchKind : std::uint8_t {
  data = 1,  // records
  seal = 2,  // none: says that everything before it was durable when it was written
  end = 3,   // a seal behind which this segment holds nothing more
};

struct BatchHeader {
  BatchKind kind = BatchKind::data;
  std::uint32_t payload_bytes = 0;
  std::uint32_t record_count = 0;
  Offset base;                     // of its first record
  Offset durable_before;           // what was durable before this batch was written
  std::uint64_t log_id_bits = 0;   // LogId::first_eight
  std::int64_t wall_time_ms = 0;   // when it was written; for people, nothing depends on it
  std::uint32_t previous_crc = 0;  // header_crc of the batch before it in the partition; 0 for the first
  std::uint32_t body_crc = 0;      // of everything behind the header, padding included
  std::uint32_t header_crc = 0;    // of the 60 bytes before it

  Offset next() const { return base.plus(record_count); }
};

// Header and payload in whole blocks.
constexpr std::size_t batch_bytes(std::size_t payload_bytes) {
  return (k_batch_header_bytes + payload_bytes + k_block_bytes - 1) / k_block_bytes * k_block_bytes;
}
inline constexpr std::size_t k_batch_file_bytes_max = batch_bytes(k_payload_bytes_max);

// Exactly k_segment_header_bytes.
std::string encode_segment_header(const SegmentHeader& header);

// Why bytes are not a header of this version.
enum class HeaderFault { none, blank, unreadable, newer_version };

struct DecodedSegmentHeader {
  HeaderFault fault = HeaderFault::none;
  std::uint8_t version = 0;  // of a newer one
  SegmentHeader header;      // when there is no fault
};
// Accepts any number of bytes; fewer than a header are unreadable.
DecodedSegmentHeader decode_segment_header(std::string_view bytes);

// Fills in header_crc of `header`. REQUIRES: k_batch_header_bytes at `to`.
void encode_batch_header(BatchHeader& header, char* to);

struct DecodedBatchHeader {
  HeaderFault fault = HeaderFault::none;
  std::uint8_t version = 0;
  BatchHeader header;
};
DecodedBatchHeader decode_batch_header(std::string_view bytes);

bool is_all_zero(std::string_view bytes);

}  // namespace ostraka::log
