#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <optional>

#include "base/bytes.h"
#include "io/posix_file_system.h"
#include "io/simulated/disk.h"
#include "snapshot/files/background_sink.h"
#include "snapshot/files/file_source.h"

namespace ostraka::snapshot {
namespace {

const Place k_place{"/snapshots", "one.snapshot"};
const FileHeader k_header{Owner::ballotbox, 3, 7, "0123456789abcdef"};

struct World {
  World() {
    process = disk.start_process();
    EXPECT_TRUE(process->create_directory(k_place.directory));
    EXPECT_TRUE(process->sync_directory(io::parent_directory(k_place.directory)));
  }
  void restart() {
    dead.push_back(std::move(process));
    process = disk.start_process();
  }
  io::SimulatedDisk disk{1};
  std::vector<std::unique_ptr<io::SimulatedProcess>> dead;  // handles may still point to them
  std::unique_ptr<io::SimulatedProcess> process;
};

std::string entries(std::uint32_t count, char of) {
  std::string out;
  append_piece(out, {PieceKind::entries, 0, 0, 4, count, 0}, std::string(count * 19, of));
  return out;
}

void write_one(Sink& sink, const std::string& state) {
  ASSERT_TRUE(sink.begin(k_header));
  sink.put(entries(2, 'a') + entries(1, 'b'));
  sink.finish(entries(3, 'c'), [state] { return state; });
}

// The state; empty when it is not whole. Everything else is checked.
Result<std::string> read_one(Result<std::unique_ptr<Source>> source) {
  if (!source) {
    return tl::make_unexpected(source.error());
  }
  EXPECT_EQ((*source)->header(), k_header);
  std::string bodies;
  std::string state;
  while (true) {
    const auto piece = (*source)->next();
    if (!piece) {
      return tl::make_unexpected(piece.error());
    }
    if (!*piece) {
      break;
    }
    ((*piece)->header.kind == PieceKind::state ? state : bodies) += (*piece)->body;
  }
  EXPECT_EQ(bodies, std::string(38, 'a') + std::string(19, 'b') + std::string(57, 'c'));
  return state;
}
Result<std::string> read_one(World& world) { return read_one(open_file_source(*world.process, k_place)); }

TEST(SnapshotFiles, WhatWasFinishedIsReadAgain) {
  World world;
  EXPECT_EQ(read_one(world).error().kind, ErrorKind::not_found);
  FileSink sink(*world.process, k_place);
  write_one(sink, "first");
  EXPECT_TRUE(sink.status()) << sink.status().error().message;
  EXPECT_EQ(read_one(world).value(), "first");
  write_one(sink, "second");
  EXPECT_EQ(read_one(world).value(), "second");
}

TEST(SnapshotFiles, TheOneBeforeStaysUntilTheNewOneIsWhole) {
  World world;
  FileSink sink(*world.process, k_place);
  write_one(sink, "first");
  ASSERT_TRUE(sink.begin(k_header));
  sink.put(entries(1, 'x'));
  EXPECT_EQ(read_one(world).value(), "first");
  sink.abandon();
  EXPECT_EQ(read_one(world).value(), "first");
  ASSERT_TRUE(sink.begin(k_header));
  sink.finish({}, [] { return fail(ErrorKind::unavailable, "no mark"); });
  EXPECT_TRUE(sink.failed());
  EXPECT_EQ(read_one(world).value(), "first");
  EXPECT_EQ(world.process->list(k_place.directory).value(), std::vector<std::string>{k_place.name});
}

// Every step × {crash, fails, fails but was done, disk full}, and then the power goes.
TEST(SnapshotFiles, WhateverHappensThereIsAWholeOneAtEveryStep) {
  using Outcome = io::StepOutcome;
  for (const Outcome outcome : {Outcome::crash, Outcome::fail, Outcome::fail_but_done, Outcome::disk_full}) {
    bool reached_the_end = false;
    for (std::uint64_t at = 0; !reached_the_end; ++at) {
      World world;
      FileSink first(*world.process, k_place);
      write_one(first, "first");
      bool happened = false;
      world.disk.on_step([&](const io::Step& step) {
        if (step.number != at) {
          return Outcome::proceed;
        }
        happened = true;
        const bool is_growth = step.kind == io::Step::Kind::create || step.kind == io::Step::Kind::write;
        return outcome == Outcome::disk_full && !is_growth ? Outcome::proceed : outcome;
      });
      bool is_whole = false;
      FileSink sink(*world.process, k_place);
      try {
        write_one(sink, "second");
        is_whole = sink.status().has_value();
      } catch (const io::SimulatedCrash&) {
      }
      world.disk.on_step({});
      world.disk.lose_power();
      world.restart();
      const auto state = read_one(world);
      ASSERT_TRUE(state) << "step " << at << ": " << state.error().message;
      EXPECT_TRUE(*state == "second" || (!is_whole && *state == "first")) << "step " << at;
      reached_the_end = !happened;
      ASSERT_LT(at, 50U);
    }
  }
}

TEST(SnapshotFiles, NoByteMayBeAnotherAndNoneMissing) {
  World world;
  FileSink sink(*world.process, k_place);
  write_one(sink, "state");
  const std::string bytes = world.disk.content(k_place.path()).value();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x10);
    world.disk.set_content(k_place.path(), other);
    const auto state = read_one(world);
    ASSERT_FALSE(state) << "byte " << at;
    EXPECT_EQ(state.error().kind, ErrorKind::damaged);
    world.disk.set_content(k_place.path(), bytes.substr(0, at));
    ASSERT_FALSE(read_one(world)) << "cut at " << at;
  }
  world.disk.set_content(k_place.path(), bytes + '\0');
  EXPECT_FALSE(read_one(world));
}

TEST(SnapshotFiles, APieceIsLargerThanABuffer) {
  World world;
  FileSink sink(*world.process, k_place);
  ASSERT_TRUE(sink.begin(k_header));
  std::string pieces;
  const std::string large(9'000'000, 'l');
  append_piece(pieces, {PieceKind::leaf, 2, 5, 1, 1, 0}, large);
  sink.finish(pieces, [] { return std::string("state"); });
  auto source = open_file_source(*world.process, k_place).value();
  const Piece piece = *source->next().value();
  EXPECT_EQ(piece.body, large);
  EXPECT_EQ(piece.header, (PieceHeader{PieceKind::leaf, 2, 5, 1, 1, 9'000'000}));
  EXPECT_EQ((*source->next().value()).body, "state");
  EXPECT_FALSE(source->next().value());
}

TEST(BackgroundSink, WritesOneAfterTheOtherAndTellsHowTheyEnd) {
  World world;
  std::promise<Report> first_ended;
  std::promise<Report> second_ended;
  std::atomic<int> ended{0};
  auto writer = std::make_unique<BackgroundWriter>(
      [&](const Report& report) { (ended++ == 0 ? first_ended : second_ended).set_value(report); });
  BackgroundSink first(*writer, *world.process, k_place);
  BackgroundSink second(*writer, *world.process, {k_place.directory, "two.snapshot"});
  ASSERT_TRUE(first.begin(k_header));
  EXPECT_FALSE(second.begin(k_header));  // one at a time
  auto buffer = first.buffer();
  ASSERT_TRUE(buffer);
  *buffer += entries(2, 'a') + entries(1, 'b');
  first.put(std::move(*buffer));
  buffer = first.buffer();
  ASSERT_TRUE(buffer);
  *buffer += entries(3, 'c');
  first.finish(std::move(*buffer), [] { return std::string("in the background"); });
  const Report report = first_ended.get_future().get();
  EXPECT_TRUE(report.status);
  EXPECT_EQ(report.name, k_place.name);
  EXPECT_GT(report.bytes, 0U);
  while (!second.begin(k_header)) {
    std::this_thread::yield();  // the turn ends behind the report
  }
  second.abandon();
  EXPECT_FALSE(second_ended.get_future().get().status);
  writer.reset();
  EXPECT_EQ(read_one(world).value(), "in the background");
}

TEST(BackgroundSink, HasNoBufferWhileEnoughIsOnItsWay) {
  World world;
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  auto writer = std::make_unique<BackgroundWriter>([](const Report&) {});
  world.disk.on_step([&](const io::Step&) {
    may_go_on.wait();
    return io::StepOutcome::proceed;
  });
  BackgroundSink sink(*writer, *world.process, k_place);
  ASSERT_TRUE(sink.begin(k_header));
  for (std::size_t i = 0; i < k_slices_on_their_way; ++i) {
    auto buffer = sink.buffer();
    ASSERT_TRUE(buffer) << i;
    *buffer += entries(1, 'a');
    sink.put(std::move(*buffer));
  }
  EXPECT_FALSE(sink.buffer());
  go_on.set_value();
  while (!sink.buffer()) {
    std::this_thread::yield();
  }
  writer.reset();
}

TEST(BackgroundSink, AProcessThatStopsInTheMiddleLeavesNothingBehind) {
  World world;
  std::promise<void> is_written;
  world.disk.on_step([&, steps = 0](const io::Step&) mutable {
    if (++steps == 3) {  // the old one removed, the file made, its first bytes written
      is_written.set_value();
    }
    return io::StepOutcome::proceed;
  });
  auto writer = std::make_unique<BackgroundWriter>([](const Report&) {});
  std::optional<BackgroundSink> sink(std::in_place, *writer, *world.process, k_place);
  ASSERT_TRUE(sink->begin(k_header));
  sink->put(*sink->buffer() + entries(20'000, 'a'));
  is_written.get_future().wait();
  writer.reset();
  EXPECT_TRUE(world.disk.content(k_place.unfinished_path()));
  sink.reset();
  EXPECT_FALSE(world.disk.content(k_place.unfinished_path()));
  EXPECT_FALSE(world.disk.content(k_place.path()));
}

TEST(BackgroundSink, LeavesTheDisksLastSpaceToOthers) {
  World world;
  std::promise<Report> ended;
  std::atomic<bool> has_space{true};
  auto writer = std::make_unique<BackgroundWriter>([&](const Report& report) { ended.set_value(report); });
  BackgroundSink sink(*writer, *world.process, k_place, [&] { return has_space.load(); });
  ASSERT_TRUE(sink.begin(k_header));
  sink.put(*sink.buffer() + entries(1, 'a'));
  has_space = false;
  sink.put(*sink.buffer() + entries(1, 'b'));
  while (!sink.failed()) {
    std::this_thread::yield();
  }
  sink.abandon();
  const Report report = ended.get_future().get();
  EXPECT_EQ(report.status.error().kind, ErrorKind::disk_full);
  writer.reset();
  EXPECT_FALSE(world.disk.content(k_place.unfinished_path()));
}

// docs/formats/snapshot.md against the bytes.
TEST(SnapshotPage, ItsExampleIsWhatIsWritten) {
  std::ifstream page(OSTRAKA_SOURCE_DIR "/docs/formats/snapshot.md");
  std::string bytes;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
    } else if (inside) {
      std::string hex = line.substr(line.find(':') + 1);
      std::erase(hex, ' ');
      bytes += bytes_from_hex(hex).value();
    }
  }
  World world;
  FileSink sink(*world.process, k_place);
  ASSERT_TRUE(sink.begin(k_header));
  std::string pieces;
  append_piece(pieces, {PieceKind::entries, 0, 0, 0, 1, 0}, std::string("a voter's 16 key") + "\x01\x02\x03");
  sink.finish(std::move(pieces), [] { return std::string("state"); });
  const std::string written = world.disk.content(k_place.path()).value();
  EXPECT_EQ(to_hex(bytes), to_hex(written));
  world.disk.set_content(k_place.path(), bytes);
  auto source = open_file_source(*world.process, k_place);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->next().value()->body.size(), 19U);
  EXPECT_EQ((*source)->next().value()->body, "state");
}

}  // namespace
}  // namespace ostraka::snapshot
