// The bytes: what version 1 wrote is read, what is written now is the same, and the format's page says so.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "log/embedded/golden_log.h"
#include "log/embedded/test_directory.h"

namespace ostraka::log {
namespace {

const std::string k_fixture = OSTRAKA_SOURCE_DIR "/src/log/embedded/testdata/version-1";

std::string file_content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> golden_records() {
  std::vector<std::string> records;
  for (const auto& batch : golden_batches()) {
    records.insert(records.end(), batch.begin(), batch.end());
  }
  return records;
}

TEST(GoldenLog, OfVersionOneIsReadAndGoneOnWith) {
  const TestDirectory directory;
  const std::string path = directory.path() + "/log";
  std::filesystem::copy(k_fixture, path, std::filesystem::copy_options::recursive);
  const PartitionName name{"ballots", Partition{0}};
  EmbeddedOptions options;
  options.threads = Threads::none;
  auto log = std::move(open_embedded_log(path, options).value());
  EXPECT_EQ(read_all(**log->open_reader(name, Offset{})), golden_records());
  EXPECT_TRUE(check_log(io::posix_file_system(), path)->findings.empty());
  auto appender = log->open_appender(name);
  ASSERT_TRUE(appender) << appender.error().message;
  EXPECT_EQ(append_all(**appender, {"now"}).value(), Offset{5});
  EXPECT_EQ(read_all(**log->open_reader(name, Offset{4})), (std::vector<std::string>{"after the roll-over", "now"}));
}

TEST(GoldenLog, IsWrittenByteByByteTheSame) {
  TestWorld world(1);
  write_golden_log(world);
  const auto image = world.image();
  EXPECT_EQ(image.size(), 4U);
  for (const auto& [path, bytes] : image) {
    EXPECT_EQ(bytes, file_content(k_fixture + path.substr(world.directory.size()))) << path;
  }
}

// The page's lines "address: bytes" between ```hex and ```, zeros where nothing is said.
std::string example_of_the_page() {
  std::istringstream page(file_content(OSTRAKA_SOURCE_DIR "/docs/formats/log.md"));
  std::string bytes(k_golden_segment_bytes, '\0');
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
      continue;
    }
    if (inside) {
      const std::size_t at = std::stoul(line.substr(0, 8), nullptr, 16);
      std::string digits = line.substr(10);
      std::erase(digits, ' ');
      const std::string row = bytes_from_hex(digits).value();
      bytes.replace(at, row.size(), row);
    }
  }
  return bytes;
}

TEST(FormatPage, WorkedExampleIsWhatIsWritten) {
  TestWorld world(1);
  write_golden_log(world);
  const std::string example = example_of_the_page();
  EXPECT_FALSE(is_all_zero(example));
  EXPECT_EQ(example, world.image().at(world.segment(4)));
}

TEST(FormatPage, ConstantsAreTheCodes) {
  const std::string page = file_content(OSTRAKA_SOURCE_DIR "/docs/formats/log.md");
  EXPECT_NE(page.find(fmt::format("files, version {}", k_format_version)), std::string::npos);
  EXPECT_NE(page.find(fmt::format("blocks of {} bytes", k_block_bytes)), std::string::npos);
  EXPECT_NE(page.find(fmt::format("at most {} MiB)", k_payload_bytes_max >> 20)), std::string::npos);
  EXPECT_NE(page.find(fmt::format("record has at most {} MiB", k_record_bytes_max >> 20)), std::string::npos);
  EXPECT_NE(page.find(fmt::format("batch at most {} MiB", k_batch_bytes_max >> 20)), std::string::npos);
}

}  // namespace
}  // namespace ostraka::log
