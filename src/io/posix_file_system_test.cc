#include "io/posix_file_system.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace ostraka::io {
namespace {

class PosixFiles : public testing::Test {
 protected:
  PosixFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "ostraka-io-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
  }
  ~PosixFiles() override { std::filesystem::remove_all(directory); }

  std::string path(const char* name) const { return directory + "/" + name; }
  static std::string some_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i) {
      bytes[i] = static_cast<char>(i * 31 >> 3);
    }
    return bytes;
  }
  FileSystem& files = posix_file_system();
  std::string directory;
};

TEST_F(PosixFiles, WrittenBytesComeBackFromCacheAndMedium) {
  auto file = files.open(path("a"), OpenFile::create_new);
  ASSERT_TRUE(file);
  const std::string bytes = some_bytes(3 * k_block_bytes + 100);
  ASSERT_TRUE((*file)->write_at(0, bytes));
  ASSERT_TRUE((*file)->sync());
  EXPECT_EQ((*file)->size().value(), bytes.size());
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, k_block_bytes, std::size_t{5000}, bytes.size() - 1}) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{512}, k_block_bytes, 2 * bytes.size()}) {
      std::string cached(count, 'x');
      std::string medium(count, 'x');
      const std::size_t expected = std::min(count, bytes.size() - at);
      ASSERT_EQ((*file)->read_at(at, cached).value(), expected);
      ASSERT_EQ((*file)->read_from_medium(at, medium).value(), expected);
      EXPECT_EQ(cached.substr(0, expected), bytes.substr(at, expected));
      EXPECT_EQ(medium.substr(0, expected), bytes.substr(at, expected));
    }
  }
  std::string nothing(10, 'x');
  EXPECT_EQ((*file)->read_from_medium(bytes.size() + k_block_bytes, nothing).value(), 0U);
}

TEST_F(PosixFiles, WhatIsWrittenThroughIsThereBesideWhatIsNot) {
  auto file = files.open(path("a"), OpenFile::create_new);
  ASSERT_TRUE(file);
  std::string bytes = some_bytes(3'000'000 / k_block_bytes * k_block_bytes + 77);
  const std::string_view view(bytes);
  const std::size_t blocks = view.size() / k_block_bytes * k_block_bytes;
  ASSERT_TRUE((*file)->write_through(0, view.substr(0, blocks)));
  ASSERT_TRUE((*file)->write_at(blocks, view.substr(blocks)));
  // Also over pages that the cache holds.
  const std::string other(2 * k_block_bytes, 'o');
  std::string read(bytes.size(), 'x');
  ASSERT_EQ((*file)->read_at(0, read).value(), bytes.size());
  EXPECT_EQ(read, bytes);
  ASSERT_TRUE((*file)->write_through(k_block_bytes, other));
  bytes.replace(k_block_bytes, other.size(), other);
  ASSERT_TRUE((*file)->sync());
  ASSERT_EQ((*file)->read_at(0, read).value(), bytes.size());
  EXPECT_EQ(read, bytes);
  EXPECT_EQ((*file)->read_from_medium(0, read).value(), bytes.size());
  EXPECT_EQ(read, bytes);
}

TEST_F(PosixFiles, AllocatedBytesAreZeros) {
  auto file = files.open(path("a"), OpenFile::create_new);
  ASSERT_TRUE((*file)->allocate(10'000));
  EXPECT_EQ((*file)->size().value(), 10'000U);
  std::string bytes(10'000, 'x');
  EXPECT_EQ((*file)->read_at(0, bytes).value(), 10'000U);
  EXPECT_EQ(bytes, std::string(10'000, '\0'));
}

TEST_F(PosixFiles, ErrorsHaveTheirKinds) {
  EXPECT_EQ(files.open(path("none"), OpenFile::reading).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(files.open(path("a"), OpenFile::create_new));
  EXPECT_EQ(files.open(path("a"), OpenFile::create_new).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(files.open(path("b"), OpenFile::create_new));
  EXPECT_EQ(files.rename(path("a"), path("b"), IfTargetExists::refuse).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(files.rename(path("a"), path("c"), IfTargetExists::refuse));
  EXPECT_TRUE(files.rename(path("c"), path("b"), IfTargetExists::replace));
  EXPECT_EQ(files.list(directory).value(), std::vector<std::string>{"b"});
  EXPECT_EQ(files.create_directory(directory).error().kind, ErrorKind::conflict);
  EXPECT_EQ(files.create_directory(path("x/y")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(files.list(path("x")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(files.remove(path("x")).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(files.sync_directory(directory));
}

TEST_F(PosixFiles, FullDeviceIsDiskFull) {
  auto full = files.open("/dev/full", OpenFile::writing);
  ASSERT_TRUE(full);
  EXPECT_EQ((*full)->write_at(0, "x").error().kind, ErrorKind::disk_full);
}

TEST_F(PosixFiles, LockExcludesAlsoWithinOneProcess) {
  auto first = files.lock(path("lock"));
  ASSERT_TRUE(first);
  EXPECT_EQ(files.lock(path("lock")).error().kind, ErrorKind::conflict);
  first->reset();
  EXPECT_TRUE(files.lock(path("lock")));
}

TEST_F(PosixFiles, SharedWordsAreSeenThroughAReadOnlyMapping) {
  EXPECT_EQ(files.open_shared_words(path("words"), OpenWords::reading).error().kind, ErrorKind::not_found);
  auto writer = files.open_shared_words(path("words"), OpenWords::creating_writable);
  ASSERT_TRUE(writer);
  auto reader = files.open_shared_words(path("words"), OpenWords::reading);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->load(1), 0U);
  (*writer)->store(1, 4711);
  EXPECT_EQ((*reader)->load(1), 4711U);
  EXPECT_TRUE((*writer)->sync());
}

TEST_F(PosixFiles, WordsThatAreStillBeingMadeAreNotThere) {
  auto file = files.open(path("words"), OpenFile::create_new);
  ASSERT_TRUE((*file)->write_at(0, std::string(100, '\0')));
  EXPECT_EQ(files.open_shared_words(path("words"), OpenWords::reading).error().kind, ErrorKind::not_found);
}

TEST_F(PosixFiles, WaitOnAReadOnlyMappingEndsWithAWake) {
  auto writer = files.open_shared_words(path("words"), OpenWords::creating_writable);
  auto reader = files.open_shared_words(path("words"), OpenWords::reading);
  for (int i = 0; i < 20; ++i) {
    const std::uint32_t seen = (*reader)->wakes();
    std::thread waker([&] { (*writer)->wake_all(); });
    while ((*reader)->wakes() == seen) {
      (*reader)->wait(seen, Milliseconds{30'000});
    }
    waker.join();
  }
}

}  // namespace
}  // namespace ostraka::io
