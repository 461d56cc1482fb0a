#include "log/embedded/format.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace ostraka::log {

namespace {

constexpr std::string_view k_segment_magic = "OSTRSEG\n";
constexpr std::uint32_t k_batch_magic = 0x4B525453;  // "STRK"

// Places in the segment header.
constexpr std::size_t k_at_version = 8;
constexpr std::size_t k_at_log_id = 16;
constexpr std::size_t k_at_stream = 32;
constexpr std::size_t k_at_partition = 64;
constexpr std::size_t k_at_base = 72;
constexpr std::size_t k_at_segment_bytes = 80;
constexpr std::size_t k_at_segment_crc = k_segment_header_bytes - 4;

// Places in a batch header.
constexpr std::size_t k_at_kind = 5;
constexpr std::size_t k_at_payload_bytes = 8;
constexpr std::size_t k_at_record_count = 12;
constexpr std::size_t k_at_batch_base = 16;
constexpr std::size_t k_at_durable_before = 24;
constexpr std::size_t k_at_log_id_bits = 32;
constexpr std::size_t k_at_wall_time = 40;
constexpr std::size_t k_at_previous_crc = 48;
constexpr std::size_t k_at_body_crc = 52;
constexpr std::size_t k_at_header_crc = k_batch_header_bytes - 4;

}  // namespace

std::uint64_t LogId::first_eight() const {
  return load_le<std::uint64_t>(bytes.data());
}

bool is_all_zero(std::string_view bytes) {
  // Compares the string with itself, moved by one: as fast as memcmp.
  return bytes.empty() || (bytes[0] == '\0' && bytes.substr(1) == bytes.substr(0, bytes.size() - 1));
}

std::string encode_segment_header(const SegmentHeader& header) {
  check(header.name.stream.size() <= k_stream_bytes_max);
  std::string bytes(k_segment_header_bytes, '\0');
  std::copy(k_segment_magic.begin(), k_segment_magic.end(), bytes.begin());
  bytes[k_at_version] = static_cast<char>(k_format_version);
  std::copy(header.log_id.bytes.begin(), header.log_id.bytes.end(), bytes.begin() + k_at_log_id);
  std::copy(header.name.stream.begin(), header.name.stream.end(), bytes.begin() + k_at_stream);
  store_le(bytes.data() + k_at_partition, header.name.partition.value);
  store_le(bytes.data() + k_at_base, header.base.value);
  store_le(bytes.data() + k_at_segment_bytes, header.segment_bytes);
  store_le(bytes.data() + k_at_segment_crc, crc32c(std::string_view(bytes).substr(0, k_at_segment_crc)));
  return bytes;
}

DecodedSegmentHeader decode_segment_header(std::string_view bytes) {
  DecodedSegmentHeader decoded;
  if (bytes.size() < k_segment_header_bytes || bytes.substr(0, k_segment_magic.size()) != k_segment_magic ||
      load_le<std::uint32_t>(bytes.data() + k_at_segment_crc) != crc32c(bytes.substr(0, k_at_segment_crc))) {
    decoded.fault = is_all_zero(bytes) ? HeaderFault::blank : HeaderFault::unreadable;
    return decoded;
  }
  decoded.version = static_cast<std::uint8_t>(bytes[k_at_version]);
  if (decoded.version > k_format_version) {
    decoded.fault = HeaderFault::newer_version;
    return decoded;
  }
  SegmentHeader& header = decoded.header;
  std::copy_n(bytes.begin() + k_at_log_id, LogId::k_bytes, header.log_id.bytes.begin());
  const std::string_view stream = bytes.substr(k_at_stream, k_stream_bytes_max);
  header.name.stream = std::string(stream.substr(0, stream.find('\0')));
  header.name.partition.value = load_le<std::uint32_t>(bytes.data() + k_at_partition);
  header.base.value = load_le<std::uint64_t>(bytes.data() + k_at_base);
  header.segment_bytes = load_le<std::uint64_t>(bytes.data() + k_at_segment_bytes);
  return decoded;
}

void encode_batch_header(BatchHeader& header, char* to) {
  std::fill_n(to, k_batch_header_bytes, '\0');
  store_le(to, k_batch_magic);
  to[4] = static_cast<char>(k_format_version);
  to[k_at_kind] = static_cast<char>(header.kind);
  store_le(to + k_at_payload_bytes, header.payload_bytes);
  store_le(to + k_at_record_count, header.record_count);
  store_le(to + k_at_batch_base, header.base.value);
  store_le(to + k_at_durable_before, header.durable_before.value);
  store_le(to + k_at_log_id_bits, header.log_id_bits);
  store_le(to + k_at_wall_time, header.wall_time_ms);
  store_le(to + k_at_previous_crc, header.previous_crc);
  store_le(to + k_at_body_crc, header.body_crc);
  header.header_crc = crc32c({to, k_at_header_crc});
  store_le(to + k_at_header_crc, header.header_crc);
}

DecodedBatchHeader decode_batch_header(std::string_view bytes) {
  DecodedBatchHeader decoded;
  if (bytes.size() < k_batch_header_bytes || load_le<std::uint32_t>(bytes.data()) != k_batch_magic ||
      load_le<std::uint32_t>(bytes.data() + k_at_header_crc) != crc32c(bytes.substr(0, k_at_header_crc))) {
    decoded.fault = is_all_zero(bytes.substr(0, k_batch_header_bytes)) ? HeaderFault::blank : HeaderFault::unreadable;
    return decoded;
  }
  decoded.version = static_cast<std::uint8_t>(bytes[4]);
  const auto kind = static_cast<std::uint8_t>(bytes[k_at_kind]);
  if (decoded.version > k_format_version) {
    decoded.fault = HeaderFault::newer_version;
    return decoded;
  }
  BatchHeader& header = decoded.header;
  header.kind = static_cast<BatchKind>(kind);
  header.payload_bytes = load_le<std::uint32_t>(bytes.data() + k_at_payload_bytes);
  header.record_count = load_le<std::uint32_t>(bytes.data() + k_at_record_count);
  header.base.value = load_le<std::uint64_t>(bytes.data() + k_at_batch_base);
  header.durable_before.value = load_le<std::uint64_t>(bytes.data() + k_at_durable_before);
  header.log_id_bits = load_le<std::uint64_t>(bytes.data() + k_at_log_id_bits);
  header.wall_time_ms = load_le<std::int64_t>(bytes.data() + k_at_wall_time);
  header.previous_crc = load_le<std::uint32_t>(bytes.data() + k_at_previous_crc);
  header.body_crc = load_le<std::uint32_t>(bytes.data() + k_at_body_crc);
  header.header_crc = load_le<std::uint32_t>(bytes.data() + k_at_header_crc);
  const bool has_records = header.kind == BatchKind::data;
  if (kind < static_cast<std::uint8_t>(BatchKind::data) || kind > static_cast<std::uint8_t>(BatchKind::end) ||
      header.payload_bytes > k_payload_bytes_max || has_records != (header.record_count > 0) ||
      header.payload_bytes < header.record_count || (!has_records && header.payload_bytes > 0)) {
    decoded.fault = HeaderFault::unreadable;
  }
  return decoded;
}

}  // namespace ostraka::log
