#include "log/embedded/partition_writer.h"

#include "log/embedded/test_world.h"

namespace ostraka::log {
namespace {

EmbeddedAppender& embedded(Appender& appender) {
  return dynamic_cast<EmbeddedAppender&>(appender);
}

std::vector<Offset> segments(TestWorld& world) {
  return list_segments(world.files(), world.partition()).value();
}

TEST(Writer, SegmentsGrowWithTheLog) {
  const SegmentSizes growing;
  EXPECT_EQ(growing.bytes(0), 1U << 20);
  EXPECT_EQ(growing.bytes(1), 4U << 20);
  EXPECT_EQ(growing.bytes(2), 16U << 20);
  EXPECT_EQ(growing.bytes(3), 64U << 20);
  EXPECT_EQ(growing.bytes(1000), 64U << 20);
}

TEST(Writer, BatchLargerThanASegmentGetsALargerOne) {
  TestWorld world(1);
  auto appender = world.appender();
  auto reader = world.reader();
  const std::string large(100'000, 'x');
  // Into a segment that has no record yet (which is replaced), and behind one that has.
  ASSERT_TRUE(append_all(**appender, {large}));
  EXPECT_EQ(read_all(*reader).size(), 1U);
  ASSERT_TRUE(append_all(**appender, {"small"}));
  ASSERT_TRUE(append_all(**appender, {large, large}));
  EXPECT_EQ(read_all(*reader).size(), 3U);
  world.lose_power();
  EXPECT_EQ(world.appender().value()->end(), Offset{4});
  EXPECT_EQ(read_all(*world.reader()), (std::vector<std::string>{large, "small", large, large}));
}

TEST(Writer, ReaderThatHasSeenAnEmptySegmentFollowsItsReplacement) {
  TestWorld world(1);
  auto appender = world.appender();
  auto reader = world.reader();
  while (segments(world).size() == 1) {
    ASSERT_TRUE(append_all(**appender, {"x"}));
  }
  const std::size_t before = read_all(*reader).size();
  EXPECT_EQ(before, (*appender)->end().value);
  appender->reset();
  appender = world.appender();
  ASSERT_TRUE(append_all(**appender, {std::string(100'000, 'y')}));
  EXPECT_EQ(read_all(*reader).size(), 1U);
}

TEST(Writer, TheLastBatchIsProvenByASealOnceIdleAndByTheClose) {
  for (const bool by_closing : {false, true}) {
    TestWorld world(2);
    auto appender = world.appender();
    ASSERT_TRUE(append_all(**appender, {"only"}));
    if (by_closing) {
      appender->reset();
    } else {
      ASSERT_TRUE(embedded(**appender).seal_if_idle());
      const std::string once = *world.disk.content(world.segment(0));
      ASSERT_TRUE(embedded(**appender).seal_if_idle());
      EXPECT_EQ(world.disk.content(world.segment(0)), once) << "one seal is enough";
    }
    world.restart();
    ASSERT_TRUE(world.files().remove(watermark_path(world.partition())));
    EXPECT_EQ(read_all(*world.reader()), std::vector<std::string>{"only"});
  }
}

TEST(Writer, OpeningAndClosingWritesNoSeals) {
  TestWorld world(2);
  ASSERT_TRUE(append_all(**world.appender(), {"x"}));
  const std::string sealed = *world.disk.content(world.segment(0));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(world.appender());
  }
  EXPECT_EQ(world.disk.content(world.segment(0)), sealed);
}

TEST(Writer, PreparesTheNextSegmentWhenHalfIsUsed) {
  TestWorld world(2);
  auto appender = world.appender();
  const auto files = [&] { return world.files().list(world.partition())->size(); };
  const std::size_t at_first = files();
  ASSERT_TRUE(append_all(**appender, {"x"}));
  ASSERT_TRUE(embedded(**appender).prepare_next());
  EXPECT_EQ(files(), at_first);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(append_all(**appender, {"x"}));
  }
  ASSERT_TRUE(embedded(**appender).prepare_next());
  EXPECT_EQ(files(), at_first + 1);
  ASSERT_TRUE(embedded(**appender).prepare_next());
  EXPECT_EQ(files(), at_first + 1);
  appender->reset();
  EXPECT_EQ(files(), at_first) << "what was not used goes away";
}

TEST(DiskFull, AppendsWhatFitsThenRefusesThenGoesOn) {
  TestWorld world(4);
  auto appender = world.appender();
  world.disk.set_capacity(world.disk.used_bytes());
  std::uint64_t fitted = 0;
  Result<Offset> outcome = append_all(**appender, {"x"});
  for (; outcome; outcome = append_all(**appender, {"x"})) {
    EXPECT_EQ(outcome->value, fitted++);
  }
  EXPECT_EQ(outcome.error().kind, ErrorKind::disk_full);
  EXPECT_GE(fitted, 4U);
  const std::string full = *world.disk.content(world.segment(0));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(append_all(**appender, {"x"}).error().kind, ErrorKind::disk_full);
  }
  EXPECT_EQ(world.disk.content(world.segment(0)), full) << "a refused append has written nothing";
  EXPECT_EQ((*appender)->end(), Offset{fitted});
  EXPECT_EQ(world.files().list(world.partition())->size(), 3U) << "no half-made segment stays";
  world.disk.set_capacity(std::uint64_t{1} << 40);
  EXPECT_EQ(append_all(**appender, {"again"}).value(), Offset{fitted});
  ASSERT_EQ(world.events.size(), 2U);
  EXPECT_EQ(world.events[0].kind, LogEvent::Kind::disk_full);
  EXPECT_EQ(world.events[1].kind, LogEvent::Kind::space_again);
  world.lose_power();
  EXPECT_EQ(read_all(*world.reader()).size(), fitted + 1);
}

TEST(DiskFull, WhatAFailedWriteLeftBehindIsOverwritten) {
  // The blocks were there, and the write failed half way all the same.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    TestWorld world(seed);
    auto appender = world.appender();
    world.disk.on_step([](const io::Step& step) {
      return step.kind == io::Step::Kind::write ? io::StepOutcome::disk_full : io::StepOutcome::proceed;
    });
    EXPECT_EQ(append_all(**appender, {std::string(12'000, 'y')}).error().kind, ErrorKind::disk_full);
    world.disk.on_step({});
    ASSERT_TRUE(append_all(**appender, {"short"}));
    world.lose_power();
    EXPECT_TRUE(check_log(world.files(), world.directory)->findings.empty());
    auto again = world.appender();
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(read_all(*world.reader()), std::vector<std::string>{"short"});
  }
}

TEST(DiskFull, OpeningWithoutSpaceChangesNothingAndSucceedsLater) {
  TestWorld world(4);
  world.disk.set_capacity(10'000);
  const auto refused = world.appender();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::disk_full);
  world.disk.set_capacity(std::uint64_t{1} << 40);
  ASSERT_TRUE(append_all(**world.appender(), {"x"}));
}

TEST(Reading, CreatesNothing) {
  TestWorld world(4);
  auto reader = world.reader();
  EXPECT_TRUE(read_all(*reader).empty());
  EXPECT_EQ(world.disk.steps(), 0U);
  EXPECT_EQ(world.files().list("/data").error().kind, ErrorKind::not_found);
}

TEST(Reading, NamesThatAreNoNamesAreRefused) {
  TestWorld world(4);
  for (const char* stream : {"", "..", "a/b", "Ballots", "ballots1", "-a", "abcdefghijklmnopqrstuvwxyzabcdefg"}) {
    EXPECT_EQ(world.open()->open_reader({stream, Partition{}}, Offset{}).error().kind, ErrorKind::invalid) << stream;
    EXPECT_EQ(world.open()->open_appender({stream, Partition{}}).error().kind, ErrorKind::invalid) << stream;
  }
}

}  // namespace
}  // namespace ostraka::log
