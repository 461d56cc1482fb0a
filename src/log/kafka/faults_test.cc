// What brokers do on bad days, one thing at a time, by librdkafka's mock of them. tests/system/kafka has real ones.
#include <atomic>
#include <random>
#include <thread>

#include "log/contract_tests.h"
#include "log/kafka/kafka_appender.h"
#include "log/kafka/kafka_reader.h"
#include "log/kafka/mock_cluster.h"

namespace ostraka::log {
namespace {

constexpr std::int16_t k_produce_request = 0;
const PartitionName k_ballots{"ballots", Partition{3}};

class KafkaFaults : public testing::Test {
 protected:
  static constexpr Milliseconds k_read_timeout{3'000};

  // With time-outs that a test can wait for.
  SharedKafkaOptions options() {
    KafkaOptions options = cluster.options();
    options.append_timeout = Milliseconds{1'500};
    options.read_timeout = k_read_timeout;
    return std::make_shared<const KafkaOptions>(std::move(options));
  }
  void SetUp() override {
    auto opened = KafkaAppender::open(options(), system_clock(), k_ballots);
    ASSERT_TRUE(opened) << opened.error().message;
    appender = std::move(*opened);
    log = open_kafka_log(*options()).value();
    ASSERT_EQ(append_all(*appender, {"first"}).value(), Offset{0});
  }
  void move_leader_to(int broker) {
    rd_kafka_mock_partition_set_leader(*cluster, topic_of(cluster.options(), "ballots").c_str(), 3, broker);
  }
  std::vector<std::string> all() { return read_all(**log->open_reader(k_ballots, Offset{})); }
  void next_produces_fail(const std::vector<rd_kafka_resp_err_t>& codes) {
    rd_kafka_mock_push_request_errors_array(*cluster, k_produce_request, codes.size(), codes.data());
  }

  MockCluster cluster;
  std::unique_ptr<KafkaAppender> appender;
  std::unique_ptr<Log> log;
};

TEST_F(KafkaFaults, WhatABrokerRefusesForNowIsSentAgain) {
  next_produces_fail({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND});
  EXPECT_EQ(append_all(*appender, {"a", "b"}).value(), Offset{1});
  EXPECT_EQ(all(), (std::vector<std::string>{"first", "a", "b"}));
  EXPECT_EQ(appender->producers_lost(), 0U);
}

// A report that was lost, and the same records sent again: the broker says that it has them, and not where. Other
// records of the same append may have gone in another request, and land or not.
TEST_F(KafkaFaults, AReportWithoutAnOffsetIsUncertain) {
  next_produces_fail({RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER});
  const Result<Offset> appended = append_all(*appender, {"a", "b"});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind, ErrorKind::unavailable);
  EXPECT_NE(appended.error().message.find("without an offset"), std::string::npos) << appended.error().message;
  EXPECT_EQ(appender->producers_lost(), 1U);
  const Result<Offset> next = append_all(*appender, {"c"});
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(all().at(next->value), "c");
}

TEST_F(KafkaFaults, WhatIsNotAcknowledgedInTimeIsUncertainAndTheNextProducerGoesOn) {
  next_produces_fail(std::vector(1'000, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS));
  const Result<Offset> appended = append_all(*appender, {"a"});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind, ErrorKind::unavailable);
  rd_kafka_mock_clear_request_errors(*cluster, k_produce_request);
  EXPECT_EQ(append_all(*appender, {"b"}).value(), Offset{1});
  EXPECT_EQ(all(), (std::vector<std::string>{"first", "b"}));
}

// librdkafka may get over it by itself or not; what the next append is answered has to be true either way.
TEST_F(KafkaFaults, BehindASequenceNumberOutOfOrderAnswersAreTrue) {
  next_produces_fail({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  const Result<Offset> appended = append_all(*appender, {"a", "b", "c"});
  if (!appended) {
    EXPECT_EQ(appended.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(appender->producers_lost(), 1U);
  }
  const Result<Offset> next = append_all(*appender, {"d"});
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(all().at(next->value), "d");
}

TEST_F(KafkaFaults, AnAppendOutlivesAChangeOfLeader) {
  for (int round = 1; round < 8; ++round) {
    move_leader_to(1 + round % 3);
    const Result<Offset> appended = append_all(*appender, {std::to_string(round)});
    ASSERT_TRUE(appended) << appended.error().message;
    EXPECT_EQ(appended->value, static_cast<std::uint64_t>(round));
  }
  EXPECT_EQ(all().size(), 8U);
}

TEST_F(KafkaFaults, WithoutBrokersAppendingAndReadingEndInTime) {
  for (int broker = 1; broker <= MockCluster::k_brokers; ++broker) {
    rd_kafka_mock_broker_set_down(*cluster, broker);
  }
  const MonotonicTime begun = system_clock().monotonic_now();
  EXPECT_EQ(append_all(*appender, {"lost?"}).error().kind, ErrorKind::unavailable);
  EXPECT_LT(system_clock().monotonic_now() - begun, std::chrono::seconds(8));
  for (int broker = 1; broker <= MockCluster::k_brokers; ++broker) {
    rd_kafka_mock_broker_set_up(*cluster, broker);
  }
  // It recovers by itself; what was uncertain may have landed meanwhile, and the offset tells.
  Result<Offset> appended = append_all(*appender, {"after"});
  for (int i = 0; i < 5 && !appended; ++i) {
    appended = append_all(*appender, {"after"});
  }
  ASSERT_TRUE(appended) << appended.error().message;
  EXPECT_EQ(all().at(appended->value), "after");
}

TEST_F(KafkaFaults, AnIdleReaderFollowsItsPartitionToAnotherLeader) {
  auto reader = KafkaReader::open(options(), system_clock(), k_ballots, Offset{}).value();
  EXPECT_EQ(read_all(*reader), (std::vector<std::string>{"first"}));
  for (int round = 1; round < 6; ++round) {
    move_leader_to(1 + round % 3);
    ASSERT_EQ(reader->end().value(), Offset{static_cast<std::uint64_t>(round)});
    ASSERT_TRUE(append_all(*appender, {std::to_string(round)}));
    EXPECT_TRUE(reader->wait(Milliseconds{5'000}));
    EXPECT_EQ(read_all(*reader), (std::vector<std::string>{std::to_string(round)}));
  }
}

TEST_F(KafkaFaults, WithoutALeaderTheEndIsUnavailableInTimeAndKnownAgainLater) {
  auto reader = KafkaReader::open(options(), system_clock(), k_ballots, Offset{}).value();
  move_leader_to(-1);
  for (const bool by_reading : {false, true}) {
    const MonotonicTime begun = system_clock().monotonic_now();
    const Error error = by_reading ? reader->read().error() : reader->end().error();
    EXPECT_EQ(error.kind, ErrorKind::unavailable) << error.message;
    EXPECT_LT(system_clock().monotonic_now() - begun, k_read_timeout + std::chrono::seconds(2));
  }
  EXPECT_EQ(log->mark(k_ballots, Offset{1}).error().kind, ErrorKind::unavailable);
  move_leader_to(2);
  EXPECT_EQ(read_all(*reader), (std::vector<std::string>{"first"}));
  EXPECT_TRUE(log->mark(k_ballots, Offset{1}));
}

TEST_F(KafkaFaults, AWaitEndsWhenItIsInterruptedAlsoWithoutALeader) {
  auto reader = KafkaReader::open(options(), system_clock(), k_ballots, Offset{}).value();
  EXPECT_EQ(read_all(*reader), (std::vector<std::string>{"first"}));
  move_leader_to(-1);
  reader->interrupt();
  EXPECT_FALSE(reader->wait(Milliseconds{60'000}));
}

TEST_F(KafkaFaults, SlowBrokersAreWaitedFor) {
  for (int broker = 1; broker <= MockCluster::k_brokers; ++broker) {
    rd_kafka_mock_broker_set_rtt(*cluster, broker, 200);
  }
  EXPECT_EQ(append_all(*appender, {"slow"}).value(), Offset{1});
  EXPECT_EQ(all(), (std::vector<std::string>{"first", "slow"}));
}

TEST_F(KafkaFaults, AMarkBehindTheEndIsNotFoundWhenTheEndHadItsTime) {
  EXPECT_EQ(log->mark(k_ballots, Offset{2}).error().kind, ErrorKind::not_found);
}

TEST_F(KafkaFaults, AReaderDoesNotBelieveAnEndBeforeItsPosition) {
  // As one begun from a snapshot, of a leader that has just become one.
  auto reader = KafkaReader::open(options(), system_clock(), k_ballots, Offset{5}).value();
  EXPECT_EQ(reader->end().error().kind, ErrorKind::unavailable);
  EXPECT_EQ(reader->read().error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(append_all(*appender, {"1", "2", "3", "4", "5"}));
  EXPECT_EQ(read_all(*reader), (std::vector<std::string>{"5"}));
}

TEST_F(KafkaFaults, APartitionThatIsNotThereIsNotFound) {
  const auto reader = log->open_reader({"ballots", Partition{99}}, Offset{});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::not_found) << reader.error().message;
  EXPECT_EQ(log->open_appender({"ballots", Partition{99}}).error().kind, ErrorKind::not_found);
}

// Two writers who know nothing of each other: what either was answered is where it was told, whoever wrote in between.
TEST_F(KafkaFaults, AnAnswerIsTrueWhoeverWritesInBetween) {
  struct Answered {
    Offset first;
    std::vector<std::string> records;
  };
  std::vector<Answered> answered[2];
  std::atomic<int> uncertain{0};
  const auto write = [&](int who) {
    auto writer = KafkaAppender::open(options(), system_clock(), k_ballots).value();
    std::mt19937 random(static_cast<unsigned>(who));
    for (int round = 0; round < 60; ++round) {
      std::vector<std::string> records(1 + random() % 40);
      for (std::size_t i = 0; i < records.size(); ++i) {
        records[i] = fmt::format("{}.{}.{}", who, round, i);
      }
      if (const Result<Offset> first = append_all(*writer, records)) {
        answered[who].push_back({*first, std::move(records)});
      } else {
        ++uncertain;
      }
    }
  };
  std::thread other(write, 1);
  write(0);
  other.join();
  const std::vector<std::string> found = all();
  std::size_t records_answered = 0;
  for (const auto& of_one : answered) {
    for (const Answered& answer : of_one) {
      for (std::size_t i = 0; i < answer.records.size(); ++i, ++records_answered) {
        ASSERT_LT(answer.first.value + i, found.size());
        ASSERT_EQ(found[answer.first.value + i], answer.records[i]);
      }
    }
  }
  EXPECT_GT(records_answered, 0U);
  EXPECT_LE(records_answered, found.size());
  RecordProperty("uncertain_appends", uncertain);
}

}  // namespace
}  // namespace ostraka::log
