// The bytes of a snapshot file: a header, then pieces, each with a check sum and bound to the one before it. The page is
// docs/formats/snapshot.md. Pure.
//
// Pieces are made in two steps: whoever owns the tables only copies (append_piece), and whoever writes the file puts the
// check sums in (seal).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ostraka::snapshot {

inline constexpr std::uint8_t k_version = 1;
// Of the rules that verdicts in a snapshot follow. Raise it whenever the fold, the tally or the ballots' validity judge
// any record otherwise than before: a snapshot of the old verdicts would keep them for ever.
inline constexpr std::uint8_t k_judging_version = 0;
inline constexpr std::size_t k_file_header_bytes = 64;
inline constexpr std::size_t k_piece_header_bytes = 32;
inline constexpr std::size_t k_log_id_bytes = 16;
inline constexpr std::size_t k_body_bytes_max = std::size_t{1} << 30;  // of one piece; a larger state is not written

enum class Owner : std::uint8_t { ballotbox = 1, tally = 2 };

struct FileHeader {
  Owner owner = Owner::ballotbox;
  std::uint8_t payload_bytes = 0;  // of an entry, behind its key
  std::uint32_t partition = 0;     // 0 for an owner of all
  std::string log_id;              // 16 bytes
  bool operator==(const FileHeader&) const = default;
};

enum class PieceKind : std::uint8_t {
  leaf = 1,     // of a table, as it is in memory
  entries = 2,  // what was put into leaves that had been written already: key and payload, one behind the other
  state = 3,    // everything else; the last piece
};

struct PieceHeader {
  PieceKind kind = PieceKind::leaf;
  std::uint8_t known = 0;     // of a leaf: bytes of the key that led to it
  std::uint16_t place = 0;    // of a leaf: the first two bytes of its first possible key
  std::uint32_t table = 0;    // which of the owner's tables; 0 for the state
  std::uint32_t entries = 0;  // 0 for the state
  std::uint32_t body_bytes = 0;
  bool operator==(const PieceHeader&) const = default;
};

// REQUIRES: a log id of 16 bytes.
std::string encode_file_header(const FileHeader& header);
// Empty for anything that is not a header of this version.
std::optional<FileHeader> decode_file_header(std::string_view bytes);
// What the first piece's check sum is bound to. REQUIRES: an encoded file header.
std::uint32_t chain_start(std::string_view file_header);

// Appends header and body, without check sums. Fills in body_bytes. REQUIRES: at most k_body_bytes_max.
void append_piece(std::string& out, PieceHeader header, std::string_view body);

// Puts the check sums into pieces that append_piece made. Returns what the next one is bound to.
std::uint32_t seal(std::string& pieces, std::uint32_t previous_crc);

struct SealedHeader {
  PieceHeader header;
  std::uint32_t body_crc = 0;
  std::uint32_t header_crc = 0;  // what the next one is bound to
};
// Empty when the bytes are not the header of the piece that follows `previous_crc`.
std::optional<SealedHeader> decode_piece_header(std::string_view bytes, std::uint32_t previous_crc);

}  // namespace ostraka::snapshot
