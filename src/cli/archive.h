// One file that holds directories and files: a tar archive under zstd, written and read by libarchive (the only user of
// it). Regular files and directories only; everything else, and every name that would leave the target, is refused.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ostraka::cli {

class ArchiveWriter {
 public:
  // Writes into an open descriptor, which outlives it. Errors: internal.
  static Result<ArchiveWriter> open(int descriptor);
  ~ArchiveWriter();
  ArchiveWriter(ArchiveWriter&&) noexcept;

  Status add_directory(const std::string& name, unsigned mode);
  // The file as long as it is when this begins; one that became shorter meanwhile is an error.
  Status add_file(const std::string& name, const std::string& path);
  // Adds k_archive_end with this text, at most k_archive_text_bytes_max. Everything is handed to the kernel when it
  // returns; nothing may be added after it.
  Status finish(std::string_view text);

 private:
  struct State;
  explicit ArchiveWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

inline constexpr std::size_t k_archive_text_bytes_max = 64 * 1024;

// The name of the last entry: an archive without it is not whole.
inline constexpr std::string_view k_archive_end = "backup.json";

// Extracts everything into a directory that exists, each file 0600 or 0644 as it was, each directory 0700, all of it on
// stable storage when it returns; gives back the text of the last entry, k_archive_end, which is not extracted.
// Errors: not_found, damaged (no archive, cut off, or holding what is refused), disk_full, unavailable.
Result<std::string> extract_archive(const std::string& archive, const std::string& into);

}  // namespace ostraka::cli
