#include "snapshot/files/file_writing.h"

namespace ostraka::snapshot {
namespace {

// As little as the log's zeros (decision 0014): a vote's own sync waits for what the disk is given before it.
constexpr std::size_t k_write_bytes = 256 << 10;

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
  writing.waiting_ = encode_file_header(header);
  writing.previous_crc_ = chain_start(writing.waiting_);
  return writing;
}

Status FileWriting::append(std::string& pieces, const std::function<void()>& rest) {
  previous_crc_ = seal(pieces, previous_crc_);
  waiting_ += pieces;
  std::string_view rest_of_it = waiting_;
  for (; rest_of_it.size() >= k_write_bytes; rest_of_it.remove_prefix(k_write_bytes)) {
    if (Status written = file_->write_through(written_, rest_of_it.substr(0, k_write_bytes)); !written) {
      return written;
    }
    written_ += k_write_bytes;
    if (rest) {
      rest();
    }
  }
  waiting_.erase(0, waiting_.size() - rest_of_it.size());
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
  if (Status written = file_->write_at(written_, waiting_); !written) {
    return written;
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
