#include "snapshot/files/file_writing.h"

namespace ostraka::snapshot {
namespace {

// As little as the log's zeros (decision 0014): a vote's own sync waits for what the disk is given before it.
constexpr std::uint64_t k_write_back_bytes = 256 << 10;

}  // namespace

Result<FileWriting> FileWriting::begin(io::FileSystem& files, const Place& place, const FileHeader& header) {
  FileWriting writing(files, place);
  const Status removed = files.remove(place.unfinished_path());
  if (!removed && removed.error().kind != ErrorKind::not_found) {
    return tl::make_unexpected(removed.error());
  }
  auto file = files.open(place.unfinished_path(), io::OpenFile::create_new);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  writing.file_ = std::move(*file);
  const std::string bytes = encode_file_header(header);
  writing.previous_crc_ = chain_start(bytes);
  if (const Status written = writing.file_->write_at(0, bytes); !written) {
    return tl::make_unexpected(written.error());
  }
  writing.bytes_ = bytes.size();
  return writing;
}

Status FileWriting::append(std::string& pieces, const std::function<void()>& rest) {
  previous_crc_ = seal(pieces, previous_crc_);
  if (Status written = file_->write_at(bytes_, pieces); !written) {
    return written;
  }
  bytes_ += pieces.size();
  while (bytes_ - written_back_ >= k_write_back_bytes) {
    const std::uint64_t from = written_back_;
    written_back_ += k_write_back_bytes;
    if (Status written = file_->write_back(from, k_write_back_bytes); !written) {
      return written;
    }
    if (rest) {
      rest();
    }
  }
  return {};
}

Status FileWriting::finish(std::string_view state) {
  if (state.size() > k_body_bytes_max) {
    return fail(ErrorKind::invalid, "a state of {} bytes is larger than {}", state.size(), k_body_bytes_max);
  }
  std::string last;
  append_piece(last, {PieceKind::state, 0, 0, 0, 0, 0}, state);
  if (Status appended = append(last); !appended) {
    return appended;
  }
  if (Status synced = file_->sync(); !synced) {
    return synced;
  }
  if (Status renamed = files_->rename(place_.unfinished_path(), place_.path(), io::IfTargetExists::replace); !renamed) {
    return renamed;
  }
  return files_->sync_directory(place_.directory);
}

void FileWriting::drop() {
  file_.reset();
  (void)files_->remove(place_.unfinished_path());
}

}  // namespace ostraka::snapshot
