#include "disk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <set>

namespace forgetful {
namespace {

class ADisk : public testing::Test {
 protected:
  Id make(const std::string& name, mode_t mode = S_IFREG | 0644, Id directory = k_root) {
    Attributes made;
    EXPECT_EQ(disk.make(directory, name, {.mode = mode}, "", made), 0) << name;
    return made.id;
  }
  // With its name and bytes durable.
  Id make_durable(const std::string& name, const std::string& bytes) {
    const Id file = make(name);
    EXPECT_EQ(disk.write(file, 0, bytes), 0);
    EXPECT_EQ(disk.sync(file), 0);
    EXPECT_EQ(disk.sync(k_root), 0);
    return file;
  }
  std::string content(Id file, Source source = Source::seen) {
    std::string bytes(1 << 20, '\0');
    EXPECT_EQ(disk.read(file, 0, source, bytes), 0);
    return bytes;
  }
  std::vector<std::string> names(Id directory = k_root) {
    std::vector<Entry> entries;
    EXPECT_EQ(disk.list(directory, entries), 0);
    std::vector<std::string> names;
    for (const Entry& entry : entries) {
      names.push_back(entry.name);
    }
    return names;
  }
  using Names = std::vector<std::string>;

  Disk disk;
};

TEST_F(ADisk, OnlySyncedBytesOutliveThePower) {
  const Id file = make_durable("a", "synced");
  disk.write(file, 0, "unsynced and longer");
  EXPECT_EQ(content(file), "unsynced and longer");
  EXPECT_EQ(disk.lose_power().pages, 1U);
  EXPECT_EQ(content(file), "synced");
  disk.write(file, 0, "S");
  disk.sync(file);
  EXPECT_EQ(disk.lose_power().pages, 0U);
  EXPECT_EQ(content(file), "Synced");
}

TEST_F(ADisk, ASyncOfTheFileDoesNotSyncItsName) {
  const Id file = make("a");
  disk.write(file, 0, "bytes");
  disk.sync(file);
  EXPECT_EQ(disk.lose_power().names, 1U);
  EXPECT_EQ(names(), Names{});
}

TEST_F(ADisk, ASyncOfTheDirectoryDoesNotSyncTheFile) {
  const Id file = make("a");
  disk.write(file, 0, "bytes");
  disk.sync(k_root);
  disk.lose_power();
  EXPECT_EQ(names(), Names{"a"});
  EXPECT_EQ(content(file), "");
}

TEST_F(ADisk, ADirectoryIsANameInItsParent) {
  const Id directory = make("d", S_IFDIR | 0755);
  const Id file = make("a", S_IFREG | 0644, directory);
  disk.sync(file);
  disk.sync(directory);
  disk.sync(k_root);
  disk.lose_power();
  EXPECT_EQ(names(directory), Names{"a"});
  const Id lost = make("e", S_IFDIR | 0755);
  make("a", S_IFREG | 0644, lost);
  disk.sync(lost);
  disk.lose_power();
  EXPECT_EQ(names(), Names{"d"});
}

TEST_F(ADisk, ARenameThatIsNotSyncedIsUndone) {
  const Id old = make_durable("a", "old");
  const Id fresh = make("a.new");
  disk.write(fresh, 0, "new");
  disk.sync(fresh);
  disk.sync(k_root);
  ASSERT_EQ(disk.rename(k_root, "a.new", k_root, "a", false), 0);
  EXPECT_EQ(names(), Names{"a"});
  disk.lose_power();
  EXPECT_EQ(names(), (Names{"a", "a.new"}));
  Attributes found;
  ASSERT_EQ(disk.look_up(k_root, "a", found), 0);
  EXPECT_EQ(found.id, old);
  EXPECT_EQ(found.links, 1U);
  EXPECT_EQ(content(old), "old");
}

TEST_F(ADisk, ARenameIsNeverHalf) {
  std::set<Names> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Disk fresh;
    Attributes made;
    fresh.make(k_root, "from", {.mode = S_IFREG}, "", made);
    fresh.sync(k_root);
    fresh.rename(k_root, "from", k_root, "to", true);
    fresh.tear_and_lose_power(seed);
    std::vector<Entry> entries;
    fresh.list(k_root, entries);
    ASSERT_EQ(entries.size(), 1U);
    seen.insert({entries[0].name});
  }
  EXPECT_EQ(seen, (std::set<Names>{{"from"}, {"to"}})) << "both happen";
}

TEST_F(ADisk, ARemovedFileIsBackWhenItsRemovalWasNotSynced) {
  const Id file = make_durable("a", "bytes");
  disk.forget(file, 1);
  ASSERT_EQ(disk.remove(k_root, "a", false), 0);
  disk.lose_power();
  EXPECT_EQ(content(file), "bytes");
  disk.remove(k_root, "a", false);
  disk.sync(k_root);
  std::string bytes(1, '\0');
  EXPECT_EQ(disk.read(file, 0, Source::seen, bytes), ENOENT);
}

TEST_F(ADisk, ATornWriteLeavesWholeSectorsOfOldAndNew) {
  bool was_mixed = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Disk fresh;
    Attributes made;
    fresh.make(k_root, "a", {.mode = S_IFREG}, "", made);
    fresh.write(made.id, 0, std::string(4 * k_page_bytes, 'o'));
    fresh.sync(made.id);
    fresh.sync(k_root);
    fresh.write(made.id, 0, std::string(4 * k_page_bytes, 'n'));
    fresh.tear_and_lose_power(seed);
    std::string bytes(4 * k_page_bytes, '\0');
    fresh.read(made.id, 0, Source::medium, bytes);
    std::set<char> kinds;
    for (std::size_t at = 0; at < bytes.size(); at += k_sector_bytes) {
      ASSERT_EQ(bytes.substr(at, k_sector_bytes), std::string(k_sector_bytes, bytes[at])) << "a torn sector";
      kinds.insert(bytes[at]);
    }
    was_mixed = was_mixed || kinds.size() == 2;
  }
  EXPECT_TRUE(was_mixed);
}

TEST_F(ADisk, TheSameSeedTearsAlike) {
  std::string before;
  for (int again = 0; again < 2; ++again) {
    Disk fresh;
    Attributes made;
    fresh.make(k_root, "a", {.mode = S_IFREG}, "", made);
    fresh.sync(k_root);
    fresh.write(made.id, 0, std::string(64 * k_page_bytes, 'n'));
    fresh.tear_and_lose_power(17);
    std::string bytes(64 * k_page_bytes, '\0');
    fresh.read(made.id, 0, Source::seen, bytes);
    if (again == 1) {
      EXPECT_EQ(bytes, before);
    }
    before = bytes;
  }
}

TEST_F(ADisk, AFailedSyncLosesForGoodWhatProgramsStillSee) {
  const Id file = make_durable("a", "old");
  disk.set_faults({.failing_syncs = 1, .failing_under = "/a"});
  disk.write(file, 0, "new");
  EXPECT_EQ(content(file, Source::medium), "new") << "a direct read writes first what is dirty";
  EXPECT_EQ(disk.sync(file), EIO);
  EXPECT_EQ(disk.sync(file), 0) << "Linux says it once";
  EXPECT_EQ(content(file), "new");
  EXPECT_EQ(content(file, Source::medium), "old");
  EXPECT_EQ(disk.failed_syncs(), 1U);
  disk.lose_power();
  EXPECT_EQ(content(file), "old");
}

TEST_F(ADisk, SyncsElsewhereDoNotFail) {
  const Id directory = make("d", S_IFDIR | 0755);
  const Id inside = make("a", S_IFREG | 0644, directory);
  const Id outside = make("a");
  disk.set_faults({.failing_syncs = 2, .failing_under = "/d/"});
  EXPECT_EQ(disk.sync(outside), 0);
  EXPECT_EQ(disk.sync(inside), EIO);
  EXPECT_EQ(disk.sync(directory), EIO);
  EXPECT_EQ(disk.sync(directory), 0);
  disk.sync(k_root);
  disk.lose_power();
  EXPECT_EQ(names(directory), Names{}) << "the failed sync of the directory lost the name";
}

TEST_F(ADisk, AFullOneTakesWhatNeedsNoSpace) {
  const Id file = make_durable("a", "1234");
  disk.set_faults({.is_full = true});
  EXPECT_EQ(disk.write(file, 0, "5678"), 0);
  EXPECT_EQ(disk.write(file, 4, "9"), ENOSPC);
  EXPECT_EQ(disk.resize(file, 5), ENOSPC);
  EXPECT_EQ(disk.resize(file, 2), 0);
  Attributes made;
  EXPECT_EQ(disk.make(k_root, "b", {.mode = S_IFREG}, "", made), ENOSPC);
}

TEST_F(ADisk, OneThatLiesForgetsWhatItConfirmed) {
  const Id file = make_durable("a", "old");
  disk.set_faults({.lies = true});
  disk.write(file, 0, "new");
  EXPECT_EQ(disk.sync(file), 0);
  disk.lose_power();
  EXPECT_EQ(content(file), "old");
}

TEST_F(ADisk, BytesBehindTheEndAreZerosWhenItGrowsAgain) {
  const Id file = make_durable("a", std::string(5000, 'x'));
  disk.resize(file, 4097);
  disk.resize(file, 6000);
  EXPECT_EQ(content(file), std::string(4097, 'x') + std::string(6000 - 4097, '\0'));
  disk.sync(file);
  disk.lose_power();
  EXPECT_EQ(content(file), std::string(4097, 'x') + std::string(6000 - 4097, '\0'));
}

}  // namespace
}  // namespace forgetful
