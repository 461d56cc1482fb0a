#include "snapshot/files/file_source.h"

#include <algorithm>

#include "base/crc32c.h"

namespace ostraka::snapshot {
namespace {

constexpr std::size_t k_read_bytes = 4 << 20;

class FileSource final : public Source {
 public:
  FileSource(std::unique_ptr<io::File> file, std::uint64_t file_bytes) : file_(std::move(file)), left_(file_bytes) {}

  Status begin() {
    const auto bytes = take(k_file_header_bytes);
    if (!bytes) {
      return tl::make_unexpected(bytes.error());
    }
    const auto decoded = decode_file_header(*bytes);
    if (!decoded) {
      return fail(ErrorKind::damaged, "not a snapshot of this version");
    }
    header_ = *decoded;
    previous_crc_ = chain_start(*bytes);
    return {};
  }

  const FileHeader& header() const override { return header_; }

  Result<std::optional<Piece>> next() override {
    if (was_last_) {
      if (left_ != 0) {
        return damaged("bytes behind the state");
      }
      return std::nullopt;
    }
    const auto header_bytes = take(k_piece_header_bytes);
    if (!header_bytes) {
      return tl::make_unexpected(header_bytes.error());
    }
    const auto sealed = decode_piece_header(*header_bytes, previous_crc_);
    if (!sealed) {
      return damaged("not the header of the piece that follows");
    }
    const auto body = take(sealed->header.body_bytes);
    if (!body) {
      return tl::make_unexpected(body.error());
    }
    if (crc32c(*body) != sealed->body_crc) {
      return damaged("a piece's check sum is wrong");
    }
    previous_crc_ = sealed->header_crc;
    was_last_ = sealed->header.kind == PieceKind::state;
    return Piece{sealed->header, *body};
  }

 private:
  tl::unexpected<Error> damaged(std::string_view what) const {
    return fail(ErrorKind::damaged, "before byte {}: {}", read_ - (filled_ - at_), what);
  }

  // The next bytes; the view lives until the next call. Never asks for more memory than the file has bytes.
  Result<std::string_view> take(std::size_t bytes) {
    if (bytes > left_) {
      return damaged("the file ends too early");
    }
    if (bytes > filled_ - at_) {
      if (const Status filled = fill(bytes); !filled) {
        return tl::make_unexpected(filled.error());
      }
    }
    const std::string_view view = std::string_view(buffer_).substr(at_, bytes);
    at_ += bytes;
    left_ -= bytes;
    return view;
  }

  // Past the page cache: all of it is read once, and pages of it would only push others out. REQUIRES: bytes <= left_.
  Status fill(std::size_t bytes) {
    buffer_.replace(0, filled_ - at_, buffer_, at_, filled_ - at_);
    filled_ -= at_;
    at_ = 0;
    const std::size_t wanted = std::min<std::uint64_t>(std::max(bytes, k_read_bytes), left_);
    if (buffer_.size() < wanted) {
      buffer_.resize(wanted);
    }
    const auto got = file_->read_from_medium(read_, std::span(buffer_).subspan(filled_, wanted - filled_));
    if (!got) {
      return tl::make_unexpected(got.error());
    }
    read_ += *got;
    filled_ += *got;
    return bytes > filled_ ? Status(damaged("the file became shorter")) : Status{};
  }

  std::unique_ptr<io::File> file_;
  std::uint64_t left_;      // bytes of the file behind what was taken
  std::uint64_t read_ = 0;  // bytes of the file that were read
  std::string buffer_;
  std::size_t filled_ = 0;  // bytes of it that were read
  std::size_t at_ = 0;      // bytes of it that were taken
  FileHeader header_;
  std::uint32_t previous_crc_ = 0;
  bool was_last_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> read_source(std::unique_ptr<io::File> file) {
  const auto bytes = file->size();
  if (!bytes) {
    return tl::make_unexpected(bytes.error());
  }
  auto source = std::make_unique<FileSource>(std::move(file), *bytes);
  if (const Status begun = source->begin(); !begun) {
    return tl::make_unexpected(begun.error());
  }
  return source;
}

Result<std::unique_ptr<Source>> open_file_source(io::FileSystem& files, const Place& place) {
  auto file = files.open(place.path(), io::OpenFile::reading);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  return read_source(std::move(*file));
}

}  // namespace ostraka::snapshot
