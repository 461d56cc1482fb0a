#include "snapshot/format.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace ostraka::snapshot {
namespace {

constexpr std::string_view k_magic = "OSTRSNP\n";
constexpr std::size_t k_crc_bytes = 4;

bool is_owner(std::uint8_t owner) {
  return owner == static_cast<std::uint8_t>(Owner::ballotbox) || owner == static_cast<std::uint8_t>(Owner::tally);
}

bool is_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(PieceKind::leaf) && kind <= static_cast<std::uint8_t>(PieceKind::state);
}

}  // namespace

std::string encode_file_header(const FileHeader& header) {
  check(header.log_id.size() == k_log_id_bytes, "the id of a log");
  std::string bytes(k_magic);
  bytes.resize(k_file_header_bytes, '\0');
  bytes[8] = static_cast<char>(k_version);
  bytes[9] = static_cast<char>(header.owner);
  bytes[10] = static_cast<char>(header.payload_bytes);
  bytes[11] = static_cast<char>(k_judging_version);
  store_le(bytes.data() + 12, header.partition);
  header.log_id.copy(bytes.data() + 16, k_log_id_bytes);
  constexpr std::size_t k_crc_at = k_file_header_bytes - k_crc_bytes;
  store_le(bytes.data() + k_crc_at, crc32c(std::string_view(bytes).substr(0, k_crc_at)));
  return bytes;
}

std::optional<FileHeader> decode_file_header(std::string_view bytes) {
  if (bytes.size() < k_file_header_bytes || !bytes.starts_with(k_magic) || bytes[8] != k_version ||
      bytes[11] != k_judging_version ||
      !is_owner(static_cast<std::uint8_t>(bytes[9]))) {
    return std::nullopt;
  }
  FileHeader header;
  header.owner = static_cast<Owner>(bytes[9]);
  header.payload_bytes = static_cast<std::uint8_t>(bytes[10]);
  header.partition = load_le<std::uint32_t>(bytes.data() + 12);
  header.log_id = bytes.substr(16, k_log_id_bytes);
  // One encoding only: so the bytes that mean nothing are zeros.
  return encode_file_header(header) == bytes.substr(0, k_file_header_bytes) ? std::optional(header) : std::nullopt;
}

std::uint32_t chain_start(std::string_view file_header) {
  return load_le<std::uint32_t>(file_header.data() + k_file_header_bytes - k_crc_bytes);
}

void append_piece(std::string& out, PieceHeader header, std::string_view body) {
  check(body.size() <= k_body_bytes_max, "a piece that fits");
  char bytes[k_piece_header_bytes] = {};
  bytes[0] = static_cast<char>(header.kind);
  bytes[1] = static_cast<char>(header.known);
  store_le(bytes + 2, header.place);
  store_le(bytes + 4, header.table);
  store_le(bytes + 8, header.entries);
  store_le(bytes + 12, static_cast<std::uint32_t>(body.size()));
  out.append(bytes, sizeof bytes);
  out.append(body);
}

std::uint32_t seal(std::string& pieces, std::uint32_t previous_crc) {
  for (std::size_t at = 0; at < pieces.size();) {
    char* header = pieces.data() + at;
    const std::size_t body_bytes = load_le<std::uint32_t>(header + 12);
    store_le(header + 16, crc32c(std::string_view(header + k_piece_header_bytes, body_bytes)));
    store_le(header + 20, previous_crc);
    previous_crc = crc32c(std::string_view(header, k_piece_header_bytes - k_crc_bytes));
    store_le(header + k_piece_header_bytes - k_crc_bytes, previous_crc);
    at += k_piece_header_bytes + body_bytes;
  }
  return previous_crc;
}

std::optional<SealedHeader> decode_piece_header(std::string_view bytes, std::uint32_t previous_crc) {
  if (bytes.size() < k_piece_header_bytes || !is_kind(static_cast<std::uint8_t>(bytes[0]))) {
    return std::nullopt;
  }
  constexpr std::size_t k_crc_at = k_piece_header_bytes - k_crc_bytes;
  SealedHeader sealed;
  sealed.header_crc = load_le<std::uint32_t>(bytes.data() + k_crc_at);
  sealed.body_crc = load_le<std::uint32_t>(bytes.data() + 16);
  PieceHeader& header = sealed.header;
  header.kind = static_cast<PieceKind>(bytes[0]);
  header.known = static_cast<std::uint8_t>(bytes[1]);
  header.place = load_le<std::uint16_t>(bytes.data() + 2);
  header.table = load_le<std::uint32_t>(bytes.data() + 4);
  header.entries = load_le<std::uint32_t>(bytes.data() + 8);
  header.body_bytes = load_le<std::uint32_t>(bytes.data() + 12);
  if (crc32c(bytes.substr(0, k_crc_at)) != sealed.header_crc ||
      load_le<std::uint32_t>(bytes.data() + 20) != previous_crc || header.body_bytes > k_body_bytes_max) {
    return std::nullopt;
  }
  return sealed;
}

}  // namespace ostraka::snapshot
