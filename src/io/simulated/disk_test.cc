#include "io/simulated/disk.h"

#include <gtest/gtest.h>

#include <set>

namespace ostraka::io {
namespace {

constexpr std::size_t k_bytes = 8 * k_sector_bytes;

std::string cached(File& file) {
  std::string bytes(file.size().value(), '\0');
  EXPECT_TRUE(file.read_at(0, bytes));
  return bytes;
}
std::string medium(File& file) {
  std::string bytes(file.size().value(), '\0');
  EXPECT_TRUE(file.read_from_medium(0, bytes));
  return bytes;
}

// A durable file of 'a', over which 'b' was written and not synced.
struct HalfWritten {
  explicit HalfWritten(std::uint64_t seed) : disk(seed), process(disk.start_process()) {
    file = std::move(process->open("/f", OpenFile::create_new).value());
    EXPECT_TRUE(file->write_at(0, std::string(k_bytes, 'a')));
    EXPECT_TRUE(file->sync());
    EXPECT_TRUE(process->sync_directory("/"));
    EXPECT_TRUE(file->write_at(0, std::string(k_bytes, 'b')));
  }
  SimulatedDisk disk;
  std::unique_ptr<SimulatedProcess> process;
  std::unique_ptr<File> file;
};

TEST(SimulatedDisk, LosingPowerTearsAtSectors) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    HalfWritten world(seed);
    world.disk.lose_power();
    const std::string bytes = *world.disk.content("/f");
    ASSERT_EQ(bytes.size(), k_bytes);
    for (std::size_t sector = 0; sector < k_bytes; sector += k_sector_bytes) {
      const std::string_view part = std::string_view(bytes).substr(sector, k_sector_bytes);
      EXPECT_EQ(part.find_first_not_of(part[0]), std::string_view::npos);
    }
    outcomes.insert(bytes);
  }
  EXPECT_GT(outcomes.size(), 20U);
}

TEST(SimulatedDisk, SameSeedSameOutcome) {
  HalfWritten one(5);
  HalfWritten two(5);
  one.disk.lose_power();
  two.disk.lose_power();
  EXPECT_EQ(one.disk.content("/f"), two.disk.content("/f"));
}

TEST(SimulatedDisk, KilledProcessLeavesThePageCache) {
  HalfWritten world(1);
  world.process->kill();
  EXPECT_EQ(world.file->write_at(0, "x").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(world.process->list("/").error().kind, ErrorKind::unavailable);
  auto again = world.disk.start_process();
  EXPECT_EQ(cached(**again->open("/f", OpenFile::reading)), std::string(k_bytes, 'b'));
}

TEST(SimulatedDisk, FailedSyncLeavesCacheAndMediumApart) {
  HalfWritten world(1);
  world.disk.on_step([](const Step&) { return StepOutcome::fail; });
  EXPECT_FALSE(world.file->sync());
  world.disk.on_step({});
  EXPECT_TRUE(world.file->sync()) << "syncing again proves nothing";
  EXPECT_EQ(cached(*world.file), std::string(k_bytes, 'b'));
  EXPECT_EQ(medium(*world.file), std::string(k_bytes, 'a'));
  world.disk.drop_caches();
  EXPECT_EQ(cached(*world.file), std::string(k_bytes, 'a'));
}

TEST(SimulatedDisk, FailedSyncMayHaveDoneItsWork) {
  HalfWritten world(1);
  world.disk.on_step([](const Step&) { return StepOutcome::fail_but_done; });
  EXPECT_FALSE(world.file->sync());
  EXPECT_EQ(world.disk.content("/f"), std::string(k_bytes, 'b'));
}

TEST(SimulatedDisk, NamesThatWereNotSyncedAreThereOrNot) {
  int there = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimulatedDisk disk(seed);
    auto process = disk.start_process();
    ASSERT_TRUE(process->open("/new", OpenFile::create_new));
    disk.lose_power();
    there += disk.content("/new") ? 1 : 0;
  }
  EXPECT_GT(there, 20);
  EXPECT_LT(there, 80);
}

TEST(SimulatedDisk, CrashThrowsAndKills) {
  SimulatedDisk disk(1);
  auto process = disk.start_process();
  auto lock = process->lock("/lock");
  disk.on_step([](const Step& step) { return step.number == 1 ? StepOutcome::crash : StepOutcome::proceed; });
  auto file = process->open("/f", OpenFile::create_new);
  EXPECT_THROW((void)(*file)->write_at(0, "x"), SimulatedCrash);
  EXPECT_FALSE((*file)->sync());
  EXPECT_TRUE(disk.start_process()->lock("/lock")) << "the dead hold no locks";
}

TEST(SimulatedDisk, LocksExclude) {
  SimulatedDisk disk(1);
  auto one = disk.start_process();
  auto two = disk.start_process();
  auto lock = one->lock("/lock");
  ASSERT_TRUE(lock);
  EXPECT_EQ(two->lock("/lock").error().kind, ErrorKind::conflict);
  EXPECT_EQ(one->lock("/lock").error().kind, ErrorKind::conflict);
  lock->reset();
  EXPECT_TRUE(two->lock("/lock"));
}

TEST(SimulatedDisk, FullDiskRefusesGrowthOnly) {
  HalfWritten world(1);
  world.disk.set_capacity(k_bytes);
  EXPECT_EQ(world.file->write_at(1, std::string(k_bytes, 'c')).error().kind, ErrorKind::disk_full);
  EXPECT_EQ(world.file->allocate(k_bytes + 1).error().kind, ErrorKind::disk_full);
  EXPECT_TRUE(world.file->write_at(0, std::string(k_bytes, 'c')));
}

}  // namespace
}  // namespace ostraka::io
