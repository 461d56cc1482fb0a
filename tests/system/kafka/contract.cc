// The log's contract, the same tests as every log's, on real brokers: test_log.py starts them and gives their addresses
// in OSTRAKA_KAFKA. Each test has topics of its own, which have to be safe.
#include <unistd.h>

#include <cstdlib>

#include "log/contract_tests.h"
#include "log/kafka/kafka_log.h"
#include "log/kafka/topics.h"

namespace ostraka::log {
namespace {

constexpr std::uint32_t k_partitions = 10;

KafkaOptions a_log_of_its_own() {
  static int made = 0;
  const char* url = std::getenv("OSTRAKA_KAFKA");
  KafkaOptions options = kafka_options_from_url(url == nullptr ? "" : url).value();
  options.topic_prefix = fmt::format("contract-{}-{}-", getpid(), ++made);
  const auto client = KafkaConfBuilder(options).make(RD_KAFKA_PRODUCER).value();
  for (const char* stream : {"ballots", "elections"}) {
    const std::string topic = topic_of(options, stream);
    const Status created = create_topic(client.get(), {topic, k_partitions}, options.read_timeout);
    EXPECT_TRUE(created) << created.error().message;
  }
  return options;
}

struct KafkaWorld {
  static constexpr bool k_threads = true;
  static constexpr bool k_one_writer = false;
  static constexpr bool k_marks_at_appends = false;
  std::unique_ptr<Log> open() {
    auto log = open_kafka_log(options);
    EXPECT_TRUE(log) << log.error().message;
    return std::move(*log);
  }
  KafkaOptions options = a_log_of_its_own();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, LogContract, KafkaWorld);

TEST(KafkaTopics, OneThatCouldLoseVotesIsNotWrittenTo) {
  KafkaOptions options = a_log_of_its_own();
  const auto client = KafkaConfBuilder(options).make(RD_KAFKA_PRODUCER).value();
  const std::string topic = topic_of(options, "issuances");
  ASSERT_TRUE(create_topic(client.get(), {topic, 1, 1}, options.read_timeout));
  const PartitionName name{"issuances", Partition{0}};
  Result<std::unique_ptr<Appender>> appender = open_kafka_log(options).value()->open_appender(name);
  ASSERT_FALSE(appender);
  EXPECT_EQ(appender.error().kind, ErrorKind::invalid);
  EXPECT_NE(appender.error().message.find("1 replicas"), std::string::npos) << appender.error().message;
  options.development = true;
  appender = open_kafka_log(options).value()->open_appender(name);
  ASSERT_TRUE(appender) << appender.error().message;
  EXPECT_EQ(append_all(**appender, {"on a desk"}).value(), Offset{0});
}

TEST(KafkaTopics, OneThatIsNotThereIsNotMade) {
  const auto log = open_kafka_log(a_log_of_its_own()).value();
  EXPECT_EQ(log->open_reader({"verdicts", Partition{0}}, Offset{}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(log->open_appender({"verdicts", Partition{0}}).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace ostraka::log
