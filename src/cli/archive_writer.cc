#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "cli/archive.h"
#include "io/descriptor.h"

namespace ostraka::cli {
namespace {

constexpr std::size_t k_chunk_bytes = 256 * 1024;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct ArchiveWriter::State {
  archive* writer = archive_write_new();
  bool finished = false;

  ~State() {
    if (!finished) {
      archive_write_fail(writer);  // no end marks: what is there so far must not look complete
    }
    archive_write_free(writer);
  }

  tl::unexpected<Error> failure() const {
    const char* text = archive_error_string(writer);
    const auto kind = archive_errno(writer) == ENOSPC ? ErrorKind::disk_full : ErrorKind::unavailable;
    return fail(kind, "the archive cannot be written: {}", text == nullptr ? "unknown" : text);
  }

  Status begin(const std::string& name, unsigned type, unsigned mode, std::int64_t bytes) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname_utf8(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), mode);
    archive_entry_set_size(entry.get(), bytes);
    if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) {
      return failure();
    }
    return {};
  }

  Status write(std::string_view bytes) {
    if (archive_write_data(writer, bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size())) {
      return failure();
    }
    return {};
  }
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveWriter::ArchiveWriter(ArchiveWriter&&) noexcept = default;
ArchiveWriter::~ArchiveWriter() = default;

Result<ArchiveWriter> ArchiveWriter::open(int descriptor) {
  auto state = std::make_unique<State>();
  const bool good = archive_write_set_format_pax_restricted(state->writer) == ARCHIVE_OK &&
                    archive_write_add_filter_zstd(state->writer) == ARCHIVE_OK &&
                    archive_write_open_fd(state->writer, descriptor) == ARCHIVE_OK;
  if (!good) {
    return state->failure();
  }
  return ArchiveWriter(std::move(state));
}

Status ArchiveWriter::add_directory(const std::string& name, unsigned mode) {
  return state_->begin(name, AE_IFDIR, mode, 0);
}

Status ArchiveWriter::add_file(const std::string& name, const std::string& path) {
  const auto file = io::open_descriptor(path, O_RDONLY | O_NOFOLLOW);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  struct stat found{};
  if (fstat(file->get(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return fail(ErrorKind::invalid, "{} is not a regular file", path);
  }
  auto done = state_->begin(name, AE_IFREG, found.st_mode & 0777, found.st_size);
  std::vector<char> chunk(k_chunk_bytes);
  for (off_t at = 0; done && at < found.st_size;) {
    const auto wanted = std::min<std::size_t>(chunk.size(), static_cast<std::size_t>(found.st_size - at));
    const ssize_t got = pread(file->get(), chunk.data(), wanted, at);
    if (got <= 0) {
      return fail(ErrorKind::unavailable, "{} became shorter, or cannot be read", path);
    }
    done = state_->write({chunk.data(), static_cast<std::size_t>(got)});
    at += got;
  }
  return done;
}

Status ArchiveWriter::finish(std::string_view text) {
  auto done = state_->begin(std::string(k_archive_end), AE_IFREG, 0600, static_cast<std::int64_t>(text.size()));
  if (done) {
    done = state_->write(text);
  }
  if (!done) {
    return done;
  }
  if (archive_write_close(state_->writer) != ARCHIVE_OK) {
    return state_->failure();
  }
  state_->finished = true;
  return {};
}

}  // namespace ostraka::cli
