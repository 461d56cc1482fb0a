// A window that moves forward over a file, so that small looks do not become small reads.
//
// Intuition: the file is read in large pieces, one behind the other; what a look still needs of the last piece moves to
// the front of the next. With a thread of its own the next piece is read while this one is looked at: a disk that is
// asked for one piece at a time, and waits while somebody thinks about it, gives less than half of what it has.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/file_system.h"

namespace ostraka::log {

enum class ReadFrom {
  cache,
  medium,
  medium_ahead,  // from the medium, on a thread of the window's own
};

// Owned by one thread, and the file with it. The file outlives the window.
class BlockWindow {
 public:
  BlockWindow(io::File& file, ReadFrom from);
  BlockWindow(const BlockWindow&) = delete;
  BlockWindow& operator=(const BlockWindow&) = delete;
  ~BlockWindow();

  // Bytes from `at`; fewer than asked for only at the end of the file. The view lives until the next call.
  // REQUIRES: `at` is not before the last one.
  Result<std::string_view> view(std::uint64_t at, std::size_t bytes);

 private:
  class Pieces;
  class PiecesAhead;

  const std::unique_ptr<Pieces> pieces_;
  std::uint64_t at_ = 0;  // where the buffer begins
  std::string buffer_;
  std::string piece_;
  bool at_end_ = false;
};

}  // namespace ostraka::log
