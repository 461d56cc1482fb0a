// One snapshot on its way into a file. Under NAME.new until it is whole and durable, then under NAME by rename, so that
// whatever happens NAME is the last whole one or the one before.
//
// Nothing depends on a snapshot: a failed sync ends this writing, not the process. Owned by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/file_system.h"
#include "snapshot/format.h"

namespace ostraka::snapshot {

struct Place {
  std::string directory;  // exists
  std::string name;       // of the file in it
  std::string path() const { return directory + "/" + name; }
  std::string unfinished_path() const { return path() + ".new"; }
};

class FileWriting {
 public:
  // Removes what an earlier one left behind. `files` outlives it. Errors: disk_full, denied, unavailable.
  static Result<FileWriting> begin(io::FileSystem& files, const Place& place, const FileHeader& header);

  // Seals and writes pieces of append_piece(), and has the device take them a quarter of a megabyte at a time, so that
  // they do not all come at once. `rest`, if there is one, is called behind each. Nothing of it stays in the page cache:
  // pages for gigabytes that nobody reads take longer than the writing, and push the log's out.
  Status append(std::string& pieces, const std::function<void()>& rest = {});

  // The state, then durable, then the name. Nothing may be appended afterwards.
  Status finish(std::string_view state);

  // Removes the unfinished file, as well as that can be done.
  void drop();

  std::uint64_t bytes() const { return written_ + waiting_.size(); }

 private:
  FileWriting(io::FileSystem& files, Place place) : files_(&files), place_(std::move(place)) {}

  io::FileSystem* files_;
  Place place_;
  std::unique_ptr<io::File> file_;
  std::uint64_t written_ = 0;
  std::string waiting_;  // bytes behind it, too few yet
  std::uint32_t previous_crc_ = 0;
};

}  // namespace ostraka::snapshot
