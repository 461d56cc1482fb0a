#include "snapshot/files/file_sink.h"

#include "base/check.h"

namespace ostraka::snapshot {

bool FileSink::begin(const FileHeader& header) {
  check(!writing_, "one snapshot at a time");
  status_ = {};
  bytes_ = 0;
  auto writing = FileWriting::begin(files_, place_, header);
  if (writing) {
    writing_ = std::move(*writing);
  } else {
    status_ = tl::make_unexpected(writing.error());
  }
  return true;
}

void FileSink::note(Status status) {
  if (status_ && !status) {
    status_ = std::move(status);
  }
}

void FileSink::append(std::string& pieces, const std::function<void()>& rest) {
  if (writing_ && status_) {
    note(writing_->append(pieces, rest));
    bytes_ = writing_->bytes();
  }
}

void FileSink::put(std::string pieces) { append(pieces); }

void FileSink::finish(std::string pieces, MakeState make_state) {
  append(pieces);
  if (writing_ && status_) {
    const Result<std::string> state = make_state();
    note(state ? writing_->finish(*state) : tl::make_unexpected(state.error()));
    bytes_ = writing_->bytes();
  }
  if (!status_) {
    abandon();
  }
  writing_.reset();
}

void FileSink::abandon() {
  if (!writing_) {
    return;
  }
  note(fail(ErrorKind::unavailable, "given up"));
  if (writing_) {
    writing_->drop();
  }
  writing_.reset();
}

}  // namespace ostraka::snapshot
