#include "net/http/readiness.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <string>

#include "io/descriptor.h"

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours.emplace(ends[0]);
    peer.emplace(ends[1]);
  }
  void say(std::string_view bytes) {
    EXPECT_EQ(send(peer->get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  std::string hear() {
    std::array<char, 100> room;
    const ssize_t got = recv(ours->get(), room.data(), room.size(), 0);
    return {room.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  std::optional<io::Descriptor> ours, peer;
};

struct Told : Readiness::Waiter {
  void on_readable() override { ++readable; }
  void on_writable() override { ++writable; }
  int readable = 0;
  int writable = 0;
};

class ReadinessTest : public testing::Test {
 protected:
  ReadinessTest() { readiness_.open(); }
  ~ReadinessTest() override {
    readiness_.close();
    turn();
  }
  void turn() {
    io_.restart();
    io_.run_for(20ms);
  }

  boost::asio::io_context io_{1};
  Readiness readiness_{io_};
  Pair pair_;
  Told told_;
};

TEST_F(ReadinessTest, TellsOnceForEachWait) {
  auto watch = readiness_.watch(pair_.ours->get());
  ASSERT_TRUE(watch);
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 0);
  pair_.say("one");
  turn();
  EXPECT_EQ(told_.readable, 1);
  pair_.say("two");
  turn();
  EXPECT_EQ(told_.readable, 1) << "nobody waits";
  watch->wait_readable(told_);
  EXPECT_EQ(told_.readable, 1) << "never from within the call";
  turn();
  EXPECT_EQ(told_.readable, 2);
}

TEST_F(ReadinessTest, WhatCameBeforeTheWaitIsTold) {
  auto watch = readiness_.watch(pair_.ours->get());
  pair_.say("one");
  turn();
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 1);
}

TEST_F(ReadinessTest, AnEmptiedSocketIsToldOfAgainWhenMoreComes) {
  auto watch = readiness_.watch(pair_.ours->get());
  watch->wait_readable(told_);
  pair_.say("one");
  turn();
  EXPECT_EQ(pair_.hear(), "one");
  watch->was_emptied();
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 1);
  pair_.say("two");
  turn();
  EXPECT_EQ(told_.readable, 2);
}

// What comes between the read and the word that it took everything is told by the kernel, behind both.
TEST_F(ReadinessTest, BytesThatComeRightBehindTheReadAreNotForgotten) {
  auto watch = readiness_.watch(pair_.ours->get());
  watch->wait_readable(told_);
  pair_.say("one");
  turn();
  EXPECT_EQ(pair_.hear(), "one");
  pair_.say("two");
  watch->was_emptied();
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 2);
}

// The end is no byte: a read that took all of them has not seen it.
TEST_F(ReadinessTest, ThePeersEndIsToldAlsoWhenEverythingWasRead) {
  auto watch = readiness_.watch(pair_.ours->get());
  watch->wait_readable(told_);
  pair_.say("one");
  pair_.peer.reset();
  turn();
  EXPECT_EQ(pair_.hear(), "one");
  watch->was_emptied();
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 2);
}

// Who reads more than it uses says so, also when it has begun to wait already.
TEST_F(ReadinessTest, WhatIsThereWithoutTheSocketIsTold) {
  auto watch = readiness_.watch(pair_.ours->get());
  watch->wait_readable(told_);
  watch->has_more();
  EXPECT_EQ(told_.readable, 0);
  turn();
  EXPECT_EQ(told_.readable, 1);
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 2);
  watch->was_emptied();
  watch->wait_readable(told_);
  turn();
  EXPECT_EQ(told_.readable, 2);
}

TEST_F(ReadinessTest, RoomIsToldToWhoWaitsForIt) {
  auto watch = readiness_.watch(pair_.ours->get());
  const std::string much(1 << 20, 'x');
  ASSERT_LT(send(pair_.ours->get(), much.data(), much.size(), 0), static_cast<ssize_t>(much.size()));
  turn();
  watch->wait_writable(told_);
  turn();
  EXPECT_EQ(told_.writable, 0);
  std::string room(1 << 20, '\0');
  while (recv(pair_.peer->get(), room.data(), room.size(), 0) > 0) {
  }
  turn();
  EXPECT_EQ(told_.writable, 1);
}

// One turn of the kernel's events is being told, and somebody in it ends another one, whose place is taken by a third.
TEST_F(ReadinessTest, WhoCameLaterIsNotToldOfWhatWasBefore) {
  Pair second;
  auto watch = readiness_.watch(pair_.ours->get());
  auto other = readiness_.watch(second.ours->get());
  Told third;
  std::optional<Pair> fresh;
  std::optional<Readiness::Watch> replacement;
  struct Ends : Readiness::Waiter {
    void on_readable() override { end(); }
    void on_writable() override {}
    std::function<void()> end;
  } ends;
  ends.end = [&] {
    other.reset();
    fresh.emplace();
    replacement.emplace(std::move(*readiness_.watch(fresh->ours->get())));
    replacement->wait_readable(third);
  };
  watch->wait_readable(ends);
  other->wait_readable(told_);
  pair_.say("one");
  second.say("two");
  turn();
  EXPECT_EQ(told_.readable, 0);
  EXPECT_EQ(third.readable, 0);
  fresh->say("three");
  turn();
  EXPECT_EQ(third.readable, 1);
}

}  // namespace
}  // namespace ostraka::http
