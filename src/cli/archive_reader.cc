#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

#include "cli/archive.h"
#include "io/descriptor.h"

namespace ostraka::cli {
namespace {

constexpr std::size_t k_read_bytes = 256 * 1024;

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeReader>;

tl::unexpected<Error> unreadable(const Reader& reader) {
  const char* text = archive_error_string(reader.get());
  return fail(ErrorKind::damaged, "the archive cannot be read: {}", text == nullptr ? "unknown" : text);
}

// Relative, and without a part that leads upwards.
bool stays_inside(const std::filesystem::path& name) {
  if (name.empty() || name.is_absolute()) {
    return false;
  }
  for (const auto& part : name) {
    if (part == "..") {
      return false;
    }
  }
  return true;
}

Status sync_directory(const std::string& path) {
  const auto directory = io::open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  return fsync(directory->get()) == 0 ? Status() : io::system_failure("sync", path);
}

class Extraction {
 public:
  Extraction(Reader reader, std::string into) : reader_(std::move(reader)), into_(std::move(into)) {}

  Result<std::string> run() {
    std::optional<std::string> end;
    while (true) {
      archive_entry* entry = nullptr;
      const int read = archive_read_next_header(reader_.get(), &entry);
      if (read == ARCHIVE_EOF) {
        break;
      }
      if (read != ARCHIVE_OK) {
        return unreadable(reader_);
      }
      const char* name = archive_entry_pathname_utf8(entry);
      if (end || name == nullptr || !stays_inside(name)) {
        return fail(ErrorKind::damaged, "the archive holds something that does not belong into it");
      }
      const auto done = name == k_archive_end ? read_end(end) : extract(entry, name);
      if (!done) {
        return tl::make_unexpected(done.error());
      }
    }
    if (!end) {
      return fail(ErrorKind::damaged, "the archive is not whole: its end is missing");
    }
    const auto synced = sync_directories();
    return synced ? Result<std::string>(std::move(*end)) : tl::make_unexpected(synced.error());
  }

 private:
  Status read_end(std::optional<std::string>& end) {
    std::string text(k_archive_text_bytes_max, 0);
    const la_ssize_t got = archive_read_data(reader_.get(), text.data(), text.size());
    if (got < 0) {
      return unreadable(reader_);
    }
    text.resize(static_cast<std::size_t>(got));
    end = std::move(text);
    return {};
  }

  Status sync_directories() const {
    for (const std::string& directory : directories_) {
      if (auto synced = sync_directory(directory); !synced) {
        return synced;
      }
    }
    return {};
  }

  Status extract(archive_entry* entry, const std::string& name) {
    const std::string path = into_ + "/" + name;
    directories_.insert(std::filesystem::path(path).parent_path());
    if (archive_entry_filetype(entry) == AE_IFDIR) {
      std::error_code error;
      std::filesystem::create_directories(path, error);
      if (error || chmod(path.c_str(), 0700) != 0) {
        return fail(ErrorKind::unavailable, "{} cannot be created", path);
      }
      directories_.insert(std::filesystem::path(path).lexically_normal());
      return {};
    }
    if (archive_entry_filetype(entry) != AE_IFREG) {
      return fail(ErrorKind::damaged, "{} is neither a file nor a directory", name);
    }
    return extract_file(path, archive_entry_perm(entry) & 0644U);
  }

  Status extract_file(const std::string& path, unsigned mode) {
    const io::Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (file.get() < 0 || fchmod(file.get(), mode) != 0) {
      return io::system_failure("create", path);
    }
    std::vector<char> chunk(k_read_bytes);
    while (true) {
      const la_ssize_t got = archive_read_data(reader_.get(), chunk.data(), chunk.size());
      if (got < 0) {
        return unreadable(reader_);
      }
      if (got == 0) {
        break;
      }
      for (la_ssize_t at = 0; at < got;) {
        const ssize_t written = write(file.get(), chunk.data() + at, static_cast<std::size_t>(got - at));
        if (written < 0 && errno != EINTR) {
          return io::system_failure("write", path);
        }
        at += std::max<ssize_t>(written, 0);
      }
    }
    return fsync(file.get()) == 0 ? Status() : io::system_failure("sync", path);
  }

  Reader reader_;
  std::string into_;
  std::set<std::string> directories_;
};

}  // namespace

Result<std::string> extract_archive(const std::string& archive_path, const std::string& into) {
  const auto file = io::open_descriptor(archive_path, O_RDONLY);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  Reader reader(archive_read_new());
  const bool good = archive_read_support_format_tar(reader.get()) == ARCHIVE_OK &&
                    archive_read_support_filter_zstd(reader.get()) == ARCHIVE_OK &&
                    archive_read_open_fd(reader.get(), file->get(), k_read_bytes) == ARCHIVE_OK;
  if (!good) {
    return unreadable(reader);
  }
  return Extraction(std::move(reader), into).run();
}

}  // namespace ostraka::cli
