#include "cli/backup.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/archive.h"
#include "cli/data_directory.h"
#include "cli/test_directory.h"
#include "log/embedded/embedded_log.h"

namespace ostraka::cli {
namespace {

// A data directory with one partition of `records` ballots, a key and a token.
class Backup : public testing::Test {
 protected:
  void SetUp() override {
    data_.emplace(DataDirectory::prepare(directory_ / "data").value());
    ASSERT_TRUE(data_->ensure_admin_token());
    std::filesystem::create_directory(data_->keys() + "/peppers");
    std::ofstream(data_->keys() + "/peppers/best-song") << "pepper";
    chmod((data_->keys() + "/peppers/best-song").c_str(), 0600);
    std::ofstream(data_->keys() + "/.half.new") << "unfinished";
    log_ = std::move(*log::open_embedded_log(data_->log(), {}));
    appender_ = std::move(*log_->open_appender(k_name));
    append(3);
  }

  void append(int records) {
    for (int i = 0; i < records; ++i) {
      const std::string record = "ballot " + std::to_string(written_++);
      const std::string_view view = record;
      ASSERT_TRUE(appender_->append({&view, 1}));
    }
  }

  std::vector<std::string> records_of(const std::string& data) {
    std::vector<std::string> records;
    const auto log = std::move(*log::open_embedded_log(data + "/log", {}));
    const auto reader = std::move(*log->open_reader(k_name, Offset{0}));
    for (auto batch = reader->read(); batch && !batch->records.empty(); batch = reader->read()) {
      records.insert(records.end(), batch->records.begin(), batch->records.end());
    }
    return records;
  }

  const log::PartitionName k_name{std::string(log::k_ballots_stream), Partition{0}};
  TestDirectory directory_;
  std::optional<DataDirectory> data_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::Appender> appender_;
  int written_ = 0;
};

TEST_F(Backup, OfARunningSystemComesBackWholeAndGoesOn) {
  const auto written = write_backup(data_->path(), directory_ / "backup");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->records, 3U);
  append(2);  // after the backup began: not in it
  const auto restored = restore_backup(directory_ / "backup", directory_ / "again");
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(records_of(directory_ / "again"), (std::vector<std::string>{"ballot 0", "ballot 1", "ballot 2"}));
  EXPECT_EQ(content_of(directory_ / "again/keys/peppers/best-song"), "pepper");
  EXPECT_EQ(content_of(directory_ / "again/admin.token"), content_of(data_->admin_token()));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "again/keys/.half.new"));
  const auto log = std::move(*log::open_embedded_log(directory_ / "again/log", {}));
  EXPECT_EQ((*log->open_appender(k_name))->end(), Offset{3});
}

TEST_F(Backup, FilesWithSecretsStayPrivate) {
  ASSERT_TRUE(write_backup(data_->path(), directory_ / "backup"));
  ASSERT_TRUE(restore_backup(directory_ / "backup", directory_ / "again"));
  for (const char* name : {"backup", "again/admin.token", "again/keys/peppers/best-song"}) {
    struct stat found{};
    ASSERT_EQ(stat((directory_ / name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(Backup, NothingIsLeftBehindBesideIt) {
  ASSERT_TRUE(write_backup(data_->path(), directory_ / "backup"));
  std::size_t names = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    ++names;
  }
  EXPECT_EQ(names, 2U);  // data, backup
}

TEST_F(Backup, ADirectoryWithSomethingInItIsNotRestoredInto) {
  ASSERT_TRUE(write_backup(data_->path(), directory_ / "backup"));
  EXPECT_EQ(restore_backup(directory_ / "backup", data_->path()).error().kind, ErrorKind::conflict);
  std::filesystem::create_directory(directory_ / "empty");
  EXPECT_TRUE(restore_backup(directory_ / "backup", directory_ / "empty"));
}

TEST_F(Backup, CutOffAnywhereItIsRefusedAndNothingAppears) {
  ASSERT_TRUE(write_backup(data_->path(), directory_ / "backup"));
  const std::string whole = content_of(directory_ / "backup");
  for (std::size_t part = 0; part < 8; ++part) {
    directory_.write("cut", whole.substr(0, whole.size() * part / 8));
    const auto restored = restore_backup(directory_ / "cut", directory_ / "again");
    ASSERT_FALSE(restored) << part;
    EXPECT_EQ(restored.error().kind, ErrorKind::damaged) << part;
    EXPECT_FALSE(std::filesystem::exists(directory_ / "again")) << part;
  }
}

TEST_F(Backup, AFlippedBitIsRefused) {
  ASSERT_TRUE(write_backup(data_->path(), directory_ / "backup"));
  std::string bytes = content_of(directory_ / "backup");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  directory_.write("flipped", bytes);
  EXPECT_FALSE(restore_backup(directory_ / "flipped", directory_ / "again"));
}

TEST(Archive, NamesThatLeadOutOfItAreRefused) {
  for (const char* name : {"../outside", "/tmp/outside", "a/../../outside"}) {
    const TestDirectory directory;
    archive* writer = archive_write_new();
    archive_write_set_format_pax_restricted(writer);
    archive_write_add_filter_zstd(writer);
    ASSERT_EQ(archive_write_open_filename(writer, (directory / "evil").c_str()), ARCHIVE_OK);
    for (const char* one : {name, k_archive_end.data()}) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, one);
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_size(entry, 0);
      archive_write_header(writer, entry);
      archive_entry_free(entry);
    }
    archive_write_free(writer);
    std::filesystem::create_directory(directory / "into");
    EXPECT_FALSE(extract_archive(directory / "evil", directory / "into")) << name;
    EXPECT_FALSE(std::filesystem::exists(directory / "outside")) << name;
  }
}

}  // namespace
}  // namespace ostraka::cli
