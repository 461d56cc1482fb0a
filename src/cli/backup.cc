#include "cli/backup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/archive.h"
#include "cli/data_directory.h"
#include "io/descriptor.h"
#include "io/posix_file_system.h"
#include "log/embedded/check.h"
#include "log/embedded/copy.h"

namespace ostraka::cli {
namespace {

constexpr int k_format = 1;

// A private directory beside what it is for (so that a rename out of it stays on one file system); gone at the end.
class Workshop {
 public:
  static Result<Workshop> make(const std::string& beside) {
    std::string name = beside + ".XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      return io::system_failure("create", name);
    }
    return Workshop(std::move(name));
  }
  Workshop(Workshop&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~Workshop() {
    if (!path_.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(path_, ignored);
    }
  }
  const std::string& path() const { return path_; }

 private:
  explicit Workshop(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Status sync_path(const std::string& path) {
  const auto opened = io::open_descriptor(path, O_RDONLY);
  if (!opened) {
    return tl::make_unexpected(opened.error());
  }
  return fsync(opened->get()) == 0 ? Status() : io::system_failure("sync", path);
}

bool is_unfinished(const std::filesystem::path& path) {
  return path.extension() == ".new";
}

// A directory of the archive, with everything in it, in the order of names.
Status add_tree(ArchiveWriter& archive, const std::string& name, const std::string& path, std::uint64_t& files) {
  auto added = archive.add_directory(name, 0700);
  std::vector<std::filesystem::directory_entry> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(*at);
  }
  if (error) {
    return fail(ErrorKind::unavailable, "{}: {}", path, error.message());
  }
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    if (!added) {
      break;
    }
    const std::string entry_name = name + "/" + entry.path().filename().string();
    if (entry.is_directory()) {
      added = add_tree(archive, entry_name, entry.path(), files);
    } else if (entry.is_regular_file() && !is_unfinished(entry.path())) {
      added = archive.add_file(entry_name, entry.path());
      ++files;
    }
  }
  return added;
}

struct Parts {
  std::string log;  // the copy
  std::string keys;
  std::string admin_token;
};

Result<BackupReport> write_archive(const std::string& file, const Parts& parts, std::uint64_t records) {
  const io::Descriptor out(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.get() < 0) {
    return io::system_failure("create", file);
  }
  auto archive = ArchiveWriter::open(out.get());
  if (!archive) {
    return tl::make_unexpected(archive.error());
  }
  BackupReport report{.records = records};
  auto done = add_tree(*archive, "log", parts.log, report.files);
  if (done) {
    done = add_tree(*archive, "keys", parts.keys, report.files);
  }
  if (done && std::filesystem::exists(parts.admin_token)) {
    done = archive->add_file("admin.token", parts.admin_token);
    ++report.files;
  }
  if (done) {
    done = archive->finish(nlohmann::json{
        {"format", k_format}, {"version", OSTRAKA_VERSION}, {"records", report.records}, {"files", report.files}}
                               .dump());
  }
  if (!done) {
    return tl::make_unexpected(done.error());
  }
  if (fsync(out.get()) != 0) {
    return io::system_failure("sync", file);
  }
  return report;
}

Result<BackupReport> read_end(const std::string& text) {
  const auto read = nlohmann::json::parse(text, nullptr, false);
  if (!read.is_object() || read.value("format", 0) == 0) {
    return fail(ErrorKind::damaged, "this is not a backup");
  }
  if (read.value("format", 0) != k_format) {
    return fail(ErrorKind::invalid, "this backup is of a newer version of ostraka ({})", read.value("version", "?"));
  }
  return BackupReport{read.value("records", std::uint64_t{0}), read.value("files", std::uint64_t{0})};
}

Status check_restored(const std::string& log, const BackupReport& expected) {
  const auto report = log::check_log(io::posix_file_system(), log, log::ReadFrom::medium_ahead);
  if (!report) {
    return tl::make_unexpected(report.error());
  }
  if (report->damaged()) {
    return fail(ErrorKind::damaged, "the backup's log is damaged: {}", report->findings.front().what);
  }
  if (report->records != expected.records) {
    return fail(ErrorKind::damaged, "the backup's log holds {} records where {} were written", report->records,
                expected.records);
  }
  return {};
}

}  // namespace

Result<BackupReport> write_backup(const std::string& data, const std::string& file) {
  const auto directory = DataDirectory::existing(data);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  const std::string target = std::filesystem::absolute(file).lexically_normal();
  const auto workshop = Workshop::make(target);
  if (!workshop) {
    return tl::make_unexpected(workshop.error());
  }
  const std::string copy = workshop->path() + "/log";
  const auto copied = log::copy_log(directory->log(), copy, {});
  if (!copied) {
    return tl::make_unexpected(copied.error());
  }
  const std::string fresh = workshop->path() + "/backup";
  const auto report = write_archive(fresh, {copy, directory->keys(), directory->admin_token()}, copied->records);
  if (!report) {
    return report;
  }
  if (std::rename(fresh.c_str(), target.c_str()) != 0) {
    return io::system_failure("rename", target);
  }
  const auto synced = sync_path(std::filesystem::path(target).parent_path());
  return synced ? report : tl::make_unexpected(synced.error());
}

Result<BackupReport> restore_backup(const std::string& file, const std::string& data) {
  std::string target = std::filesystem::absolute(data).lexically_normal();
  while (target.size() > 1 && target.back() == '/') {
    target.pop_back();
  }
  std::error_code error;
  if (std::filesystem::exists(target, error) && !std::filesystem::is_empty(target, error)) {
    return fail(ErrorKind::conflict, "{} is not empty: a backup is restored into a new directory only", target);
  }
  const auto workshop = Workshop::make(target);
  if (!workshop) {
    return tl::make_unexpected(workshop.error());
  }
  const std::string fresh = workshop->path() + "/data";
  if (mkdir(fresh.c_str(), 0700) != 0) {
    return io::system_failure("create", fresh);
  }
  const auto end = extract_archive(file, fresh);
  const auto report = end ? read_end(*end) : tl::make_unexpected(end.error());
  if (!report) {
    return report;
  }
  if (const auto checked = check_restored(fresh + "/log", *report); !checked) {
    return tl::make_unexpected(checked.error());
  }
  // Over an empty directory too; a directory that meanwhile is not empty makes it fail.
  if (std::rename(fresh.c_str(), target.c_str()) != 0) {
    return io::system_failure("rename", target);
  }
  const auto synced = sync_path(std::filesystem::path(target).parent_path());
  return synced ? report : tl::make_unexpected(synced.error());
}

}  // namespace ostraka::cli
