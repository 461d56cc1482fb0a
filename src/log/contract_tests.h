// What every implementation of the log has to do, as one suite of typed tests. A World makes logs that share their
// partitions (as processes on one directory do):
//
//   struct MyWorld {
//     std::unique_ptr<Log> open();                        // another handle on the same log
//     static constexpr bool k_threads = true;             // whether wait() waits and objects may live in two threads
//     static constexpr bool k_one_writer = true;          // whether a second appender is refused
//     static constexpr bool k_marks_at_appends = true;    // whether only an append's end has a mark
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Mine, LogContract, MyWorld);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "log/log.h"

namespace ostraka::log {

inline constexpr Milliseconds k_long{30'000};  // a wait that a working implementation never sits out

template <class World>
class LogContract : public testing::Test {
 protected:
  World world;
  const PartitionName name{"ballots", Partition{7}};
};

// Appends copies of strings; tests' shorthand.
inline Result<Offset> append_all(Appender& appender, const std::vector<std::string>& records) {
  const std::vector<std::string_view> views(records.begin(), records.end());
  return appender.append(views);
}

// Everything from the reader's position to the end, as strings.
inline std::vector<std::string> read_all(Reader& reader) {
  std::vector<std::string> all;
  while (true) {
    const Offset before = reader.position();
    const Result<Records> read = reader.read();
    if (!read) {
      ADD_FAILURE() << read.error().message;
      return all;
    }
    EXPECT_EQ(read->first, before);
    EXPECT_EQ(reader.position(), before.plus(read->records.size()));
    if (read->records.empty()) {
      return all;
    }
    all.insert(all.end(), read->records.begin(), read->records.end());
  }
}

TYPED_TEST_SUITE_P(LogContract);

TYPED_TEST_P(LogContract, PartitionThatNobodyWroteIsEmpty) {
  auto log = this->world.open();
  auto reader = log->open_reader(this->name, Offset{});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->end().value(), Offset{});
  EXPECT_TRUE((*reader)->read()->records.empty());
  EXPECT_FALSE((*reader)->wait(Milliseconds{0}));
}

TYPED_TEST_P(LogContract, OffsetsAreContiguousAndRecordsComeBackInOrder) {
  auto log = this->world.open();
  auto appender = log->open_appender(this->name);
  ASSERT_TRUE(appender) << appender.error().message;
  EXPECT_EQ((*appender)->end(), Offset{});
  EXPECT_EQ(append_all(**appender, {"a", "", std::string(3, '\0')}).value(), Offset{});
  EXPECT_EQ(append_all(**appender, {"d"}).value(), Offset{3});
  EXPECT_EQ((*appender)->end(), Offset{4});
  auto reader = log->open_reader(this->name, Offset{});
  ASSERT_TRUE(reader);
  EXPECT_EQ(read_all(**reader), (std::vector<std::string>{"a", "", std::string(3, '\0'), "d"}));
  EXPECT_EQ((*reader)->end().value(), Offset{4});
}

TYPED_TEST_P(LogContract, ReaderBeginsAnywhereAlsoInsideABatch) {
  auto log = this->world.open();
  auto appender = log->open_appender(this->name);
  ASSERT_TRUE(append_all(**appender, {"0", "1", "2"}));
  ASSERT_TRUE(append_all(**appender, {"3", "4"}));
  for (std::uint64_t from = 0; from <= 5; ++from) {
    auto reader = log->open_reader(this->name, Offset{from});
    ASSERT_TRUE(reader);
    std::vector<std::string> expected;
    for (std::uint64_t i = from; i < 5; ++i) {
      expected.push_back(std::to_string(i));
    }
    EXPECT_EQ(read_all(**reader), expected) << "from " << from;
  }
}

TYPED_TEST_P(LogContract, SecondWriterIsRefusedUntilTheFirstIsGone) {
  auto log = this->world.open();
  auto other = this->world.open();
  auto first = log->open_appender(this->name);
  ASSERT_TRUE(first);
  ASSERT_TRUE(append_all(**first, {"mine"}));
  auto second = other->open_appender(this->name);
  if constexpr (TypeParam::k_one_writer) {
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  }
  first->reset();
  second = other->open_appender(this->name);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(append_all(**second, {"theirs"}).value(), Offset{1});
}

TYPED_TEST_P(LogContract, WritersWhoAreNotAloneAreToldByTheirOffsets) {
  if constexpr (!TypeParam::k_one_writer) {
    auto log = this->world.open();
    auto other = this->world.open();
    auto mine = log->open_appender(this->name);
    auto theirs = other->open_appender(this->name);
    ASSERT_TRUE(mine && theirs);
    EXPECT_EQ(append_all(**mine, {"m0", "m1"}).value(), Offset{0});
    EXPECT_EQ(append_all(**theirs, {"t2"}).value(), Offset{2}) << "its own end was 0";
    EXPECT_EQ(append_all(**theirs, {"t3"}).value(), Offset{3});
    EXPECT_EQ((*mine)->end(), Offset{2}) << "nobody tells it before it writes";
    EXPECT_EQ(append_all(**mine, {"m4"}).value(), Offset{4});
    EXPECT_EQ((*mine)->end(), Offset{5});
    auto reader = log->open_reader(this->name, Offset{});
    EXPECT_EQ(read_all(**reader), (std::vector<std::string>{"m0", "m1", "t2", "t3", "m4"}));
  }
}

TYPED_TEST_P(LogContract, PartitionsAndStreamsAreApart) {
  auto log = this->world.open();
  const PartitionName others[] = {{"ballots", Partition{8}}, {"elections", Partition{7}}};
  auto appender = log->open_appender(this->name);
  ASSERT_TRUE(append_all(**appender, {"here"}));
  for (const PartitionName& other : others) {
    auto reader = log->open_reader(other, Offset{});
    EXPECT_TRUE(read_all(**reader).empty());
    auto another = log->open_appender(other);
    ASSERT_TRUE(another);
    EXPECT_EQ((*another)->end(), Offset{});
  }
}

TYPED_TEST_P(LogContract, LimitsAreRefusedAndLeaveNothing) {
  auto log = this->world.open();
  auto appender = log->open_appender(this->name);
  const std::string largest(k_record_bytes_max, 'x');
  EXPECT_EQ(append_all(**appender, {"good", largest + "y"}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(append_all(**appender, std::vector<std::string>(5, largest)).error().kind, ErrorKind::invalid);
  EXPECT_EQ((*appender)->end(), Offset{});
  EXPECT_EQ(append_all(**appender, std::vector<std::string>(4, largest)).value(), Offset{});
  auto reader = log->open_reader(this->name, Offset{});
  EXPECT_EQ(read_all(**reader), std::vector<std::string>(4, largest));
}

TYPED_TEST_P(LogContract, EmptyAppendChangesNothing) {
  auto log = this->world.open();
  auto appender = log->open_appender(this->name);
  ASSERT_TRUE(append_all(**appender, {"one"}));
  EXPECT_EQ(append_all(**appender, {}).value(), Offset{1});
  EXPECT_EQ((*appender)->end(), Offset{1});
}

TYPED_TEST_P(LogContract, ReaderNoticesAPartitionThatAppears) {
  auto writing = this->world.open();
  auto reading = this->world.open();
  auto reader = reading->open_reader(this->name, Offset{});
  ASSERT_TRUE(reader);
  EXPECT_TRUE(read_all(**reader).empty());
  auto appender = writing->open_appender(this->name);
  ASSERT_TRUE(append_all(**appender, {"first"}));
  EXPECT_TRUE((*reader)->wait(Milliseconds{0}));
  EXPECT_EQ(read_all(**reader), std::vector<std::string>{"first"});
  EXPECT_FALSE((*reader)->wait(Milliseconds{0}));
}

TYPED_TEST_P(LogContract, ReaderGoesOnWhenTheWriterIsReplaced) {
  auto log = this->world.open();
  auto reader = log->open_reader(this->name, Offset{});
  for (int round = 0; round < 4; ++round) {
    auto appender = log->open_appender(this->name);
    ASSERT_TRUE(appender) << appender.error().message;
    for (int i = 0; i < 3; ++i) {
      const std::string record = std::to_string(round) + "." + std::to_string(i);
      ASSERT_TRUE(append_all(**appender, {record}));
      EXPECT_EQ(read_all(**reader), std::vector<std::string>{record});
    }
  }
}

TYPED_TEST_P(LogContract, WaitingReaderFollowsAWriterInAnotherThread) {
  if constexpr (TypeParam::k_threads) {
    constexpr std::uint64_t k_records = 300;
    auto log = this->world.open();
    auto reader = log->open_reader(this->name, Offset{});
    ASSERT_TRUE(reader) << reader.error().message;
    std::thread writer([&] {
      auto appender = log->open_appender(this->name);
      ASSERT_TRUE(appender);
      for (std::uint64_t i = 0; i < k_records; ++i) {
        ASSERT_TRUE(append_all(**appender, {std::to_string(i)}));
      }
    });
    std::uint64_t next = 0;
    while (next < k_records && (*reader)->wait(k_long)) {
      for (const std::string& record : read_all(**reader)) {
        EXPECT_EQ(record, std::to_string(next++));
      }
    }
    writer.join();
    EXPECT_EQ(next, k_records);
  }
}

TYPED_TEST_P(LogContract, InterruptEndsAWaitThatHasBegunOrWillBegin) {
  if constexpr (TypeParam::k_threads) {
    auto log = this->world.open();
    auto never_written = log->open_reader(this->name, Offset{});
    (*never_written)->interrupt();
    EXPECT_FALSE((*never_written)->wait(k_long));
    auto appender = log->open_appender(this->name);
    ASSERT_TRUE(append_all(**appender, {"one"}));
    for (const Offset from : {Offset{1}, Offset{5}}) {
      auto reader = log->open_reader(this->name, from);
      for (int i = 0; i < 50; ++i) {
        std::thread interrupter([&] { (*reader)->interrupt(); });
        EXPECT_FALSE((*reader)->wait(k_long));
        interrupter.join();
      }
    }
  }
}

TYPED_TEST_P(LogContract, MarkStandsForEverythingBeforeIt) {
  auto log = this->world.open();
  auto appender = log->open_appender(this->name);
  ASSERT_TRUE(append_all(**appender, {"0", "1"}));
  ASSERT_TRUE(append_all(**appender, {"2"}));
  const Result<Mark> first = log->mark(this->name, Offset{2});
  const Result<Mark> second = log->mark(this->name, Offset{3});
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->log_id.size(), 16U);
  EXPECT_EQ(first->at, Offset{2});
  EXPECT_NE(first->running_crc, second->running_crc);
  if constexpr (TypeParam::k_marks_at_appends) {
    EXPECT_EQ(log->mark(this->name, Offset{1}).error().kind, ErrorKind::invalid);
  }
  EXPECT_EQ(log->mark(this->name, Offset{4}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(log->mark(this->name, Offset{0}).value(), (Mark{first->log_id, Offset{0}, 0}));
  // The same records behind another history.
  const PartitionName other{this->name.stream, Partition{this->name.partition.value + 1}};
  auto another = log->open_appender(other);
  ASSERT_TRUE(append_all(**another, {"0", "x"}));
  ASSERT_TRUE(append_all(**another, {"2"}));
  EXPECT_NE(log->mark(other, Offset{3}).value(), *second);
}

TYPED_TEST_P(LogContract, MarkStaysWhenTheWriterIsReplacedAndTheLogGrows) {
  auto log = this->world.open();
  std::vector<Mark> marks;
  for (int round = 0; round < 4; ++round) {
    auto appender = log->open_appender(this->name);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(append_all(**appender, {std::string(3'000, 'x'), std::to_string(i)}));
      marks.push_back(log->mark(this->name, (*appender)->end()).value());
    }
  }
  for (const Mark& mark : marks) {
    EXPECT_EQ(log->mark(this->name, mark.at).value(), mark) << mark.at.value;
  }
}

REGISTER_TYPED_TEST_SUITE_P(LogContract, PartitionThatNobodyWroteIsEmpty, OffsetsAreContiguousAndRecordsComeBackInOrder,
                            ReaderBeginsAnywhereAlsoInsideABatch, SecondWriterIsRefusedUntilTheFirstIsGone,
                            WritersWhoAreNotAloneAreToldByTheirOffsets,
                            PartitionsAndStreamsAreApart, LimitsAreRefusedAndLeaveNothing, EmptyAppendChangesNothing,
                            ReaderNoticesAPartitionThatAppears, ReaderGoesOnWhenTheWriterIsReplaced,
                            WaitingReaderFollowsAWriterInAnotherThread, InterruptEndsAWaitThatHasBegunOrWillBegin,
                            MarkStandsForEverythingBeforeIt, MarkStaysWhenTheWriterIsReplacedAndTheLogGrows);

}  // namespace ostraka::log
