// A sink and a source in memory, for tests of what takes and restores.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/crc32c.h"
#include "snapshot/sink.h"
#include "snapshot/source.h"

namespace ostraka::snapshot {

class MemorySink final : public Sink {
 public:
  std::string whole;       // the last one that was finished; empty: none was
  bool is_busy = false;    // begin() says no
  bool has_room = true;    // there are buffers
  bool has_failed = false;
  std::size_t abandoned = 0;

  bool begin(const FileHeader& header) override {
    if (is_busy) {
      return false;
    }
    bytes_ = encode_file_header(header);
    previous_crc_ = chain_start(bytes_);
    return true;
  }
  std::optional<std::string> buffer() override { return has_room ? std::optional(std::string()) : std::nullopt; }
  void put(std::string pieces) override {
    previous_crc_ = seal(pieces, previous_crc_);
    bytes_ += pieces;
  }
  void finish(std::string pieces, MakeState make_state) override {
    put(std::move(pieces));
    if (const Result<std::string> state = make_state()) {
      std::string last;
      append_piece(last, {PieceKind::state, 0, 0, 0, 0, 0}, *state);
      put(std::move(last));
      whole = bytes_;
    }
  }
  void abandon() override { ++abandoned; }
  bool failed() const override { return has_failed; }

 private:
  std::string bytes_;
  std::uint32_t previous_crc_ = 0;
};

// REQUIRES: the bytes begin with a file header.
class MemorySource final : public Source {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)), header_(decode_file_header(bytes_).value()) {
    previous_crc_ = chain_start(bytes_);
  }
  const FileHeader& header() const override { return header_; }
  Result<std::optional<Piece>> next() override {
    if (at_ == bytes_.size()) {
      return std::nullopt;
    }
    const auto sealed = decode_piece_header(std::string_view(bytes_).substr(at_), previous_crc_);
    if (!sealed || at_ + k_piece_header_bytes + sealed->header.body_bytes > bytes_.size()) {
      return fail(ErrorKind::damaged, "no piece");
    }
    const Piece piece{sealed->header,
                      std::string_view(bytes_).substr(at_ + k_piece_header_bytes, sealed->header.body_bytes)};
    if (crc32c(piece.body) != sealed->body_crc) {
      return fail(ErrorKind::damaged, "check sum");
    }
    at_ += k_piece_header_bytes + sealed->header.body_bytes;
    previous_crc_ = sealed->header_crc;
    return piece;
  }

 private:
  const std::string bytes_;
  const FileHeader header_;
  std::size_t at_ = k_file_header_bytes;
  std::uint32_t previous_crc_ = 0;
};

// Opens the bytes; not_found when there are none.
inline OpenSource open_in_memory(const std::string& bytes) {
  return [&bytes]() -> Result<std::unique_ptr<Source>> {
    if (bytes.empty()) {
      return fail(ErrorKind::not_found, "none");
    }
    return std::make_unique<MemorySource>(bytes);
  };
}

}  // namespace ostraka::snapshot
