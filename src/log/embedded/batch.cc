#include "log/embedded/batch.h"

#include "base/bytes.h"
#include "base/crc32c.h"

namespace ostraka::log {

namespace {

std::size_t varint_bytes(std::size_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) {
    ++bytes;
  }
  return bytes;
}

}  // namespace

Status check_records(std::span<const std::string_view> records) {
  if (records.empty()) {
    return fail(ErrorKind::invalid, "a batch needs at least one record");
  }
  std::size_t bytes = 0;
  std::size_t framed = 0;
  for (const std::string_view record : records) {
    if (record.size() > k_record_bytes_max) {
      return fail(ErrorKind::invalid, "a record of {} bytes is larger than {}", record.size(), k_record_bytes_max);
    }
    bytes += record.size();
    framed += record.size() + varint_bytes(record.size());
  }
  if (bytes > k_batch_bytes_max || framed > k_payload_bytes_max) {
    return fail(ErrorKind::invalid, "a batch of {} bytes is larger than {}", framed, k_batch_bytes_max);
  }
  return {};
}

void encode_batch(BatchHeader& header, std::span<const std::string_view> records, std::string& out) {
  out.assign(k_batch_header_bytes, '\0');
  for (const std::string_view record : records) {
    append_varint(out, record.size());
    out.append(record);
  }
  header.payload_bytes = static_cast<std::uint32_t>(out.size() - k_batch_header_bytes);
  header.record_count = static_cast<std::uint32_t>(records.size());
  out.resize(batch_bytes(header.payload_bytes), '\0');
  header.body_crc = crc32c(std::string_view(out).substr(k_batch_header_bytes));
  encode_batch_header(header, out.data());
}

bool take_records(std::string_view payload, std::uint32_t record_count, std::vector<std::string_view>& out) {
  for (std::uint32_t i = 0; i < record_count; ++i) {
    const std::optional<std::uint64_t> bytes = take_varint(payload);
    if (!bytes || *bytes > payload.size()) {
      return false;
    }
    out.push_back(payload.substr(0, *bytes));
    payload.remove_prefix(*bytes);
  }
  return payload.empty();
}

}  // namespace ostraka::log
