// Reading ahead, and restoring on another thread.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "snapshot/files/loading.h"
#include "snapshot/files/read_ahead.h"
#include "snapshot/in_memory.h"

namespace ostraka::snapshot {
namespace {

const FileHeader k_tally_header{Owner::tally, 0, 3, "0123456789abcdef"};

// Pieces of different sizes, together several times as much as may be ahead.
std::string a_snapshot(std::size_t pieces) {
  MemorySink sink;
  EXPECT_TRUE(sink.begin(k_tally_header));
  for (std::size_t i = 0; i < pieces; ++i) {
    std::string piece;
    append_piece(piece, {PieceKind::entries, 0, 0, static_cast<std::uint32_t>(i), 1, 0},
                 std::string(1 + i * 7919 % 1'000'003, static_cast<char>('a' + i % 26)));
    sink.put(std::move(piece));
  }
  sink.finish({}, [] { return std::string("state"); });
  return sink.whole;
}

struct Read {
  std::vector<std::string> bodies;
  std::optional<Error> error;
};

Read read_all(const OpenSource& open) {
  Read read;
  const auto source = open().value();
  EXPECT_EQ(source->header(), k_tally_header);
  while (true) {
    const auto piece = source->next();
    if (!piece) {
      read.error = piece.error();
      return read;
    }
    if (!*piece) {
      return read;
    }
    EXPECT_EQ((*piece)->header.body_bytes, (*piece)->body.size());
    read.bodies.emplace_back((*piece)->body);
  }
}

TEST(ReadAhead, GivesTheSamePieces) {
  const std::string bytes = a_snapshot(120);
  ASSERT_GT(bytes.size(), 3 * k_bytes_ahead_max);
  const Read straight = read_all(open_in_memory(bytes));
  const Read ahead = read_all(read_ahead(open_in_memory(bytes)));
  EXPECT_EQ(ahead.bodies.size(), 121U);
  EXPECT_TRUE(ahead.bodies == straight.bodies);
  EXPECT_FALSE(ahead.error);
}

TEST(ReadAhead, GivesTheSameErrorBehindWhatWasWhole) {
  std::string bytes = a_snapshot(30);
  bytes[bytes.size() / 2] ^= 1;
  const Read straight = read_all(open_in_memory(bytes));
  const Read ahead = read_all(read_ahead(open_in_memory(bytes)));
  ASSERT_TRUE(straight.error && ahead.error);
  EXPECT_EQ(ahead.error->kind, ErrorKind::damaged);
  EXPECT_FALSE(ahead.bodies.empty());
  EXPECT_TRUE(ahead.bodies == straight.bodies);
}

TEST(ReadAhead, OpensAsItsSourceDoes) {
  const std::string none;
  EXPECT_EQ(read_ahead(open_in_memory(none))().error().kind, ErrorKind::not_found);
}

TEST(ReadAhead, EndsInTheMiddle) {
  const std::string bytes = a_snapshot(120);
  for (int taken = 0; taken < 4; ++taken) {
    const auto source = read_ahead(open_in_memory(bytes))().value();
    for (int i = 0; i < taken; ++i) {
      ASSERT_TRUE(source->next());
    }
  }
}

TEST(Loading, HandsOverWhatWasLoadedOnAnotherThread) {
  const std::string bytes = a_snapshot(5);
  const auto here = std::this_thread::get_id();
  Loading<std::size_t> loading(open_in_memory(bytes), [here](const OpenSource& open) {
    EXPECT_NE(std::this_thread::get_id(), here);
    return read_all(open).bodies.size();
  });
  EXPECT_EQ(loading.take(), 6U);
}

TEST(Loading, IsStoppedWhenNobodyTakesIt) {
  const std::string bytes = a_snapshot(5);
  std::promise<void> opened;
  std::promise<void> go_on;
  std::optional<Error> error;
  {
    Loading<int> loading(open_in_memory(bytes), [&](const OpenSource& open) {
      const auto source = open().value();
      EXPECT_TRUE(source->next());
      opened.set_value();
      go_on.get_future().wait();
      // The flag is set while somebody waits for this thread to end.
      while (true) {
        const auto piece = source->next();
        if (!piece) {
          error = piece.error();
          return 0;
        }
        if (!*piece) {
          return 1;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    });
    opened.get_future().wait();
    go_on.set_value();
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace ostraka::snapshot
