// librdkafka's own mock of a cluster, for tests: brokers in this process, real sockets, no Java, nothing durable.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>  // behind the one above, which it needs

#include <memory>
#include <string>

#include "log/kafka/client.h"
#include "log/kafka/kafka_log.h"

namespace ostraka::log {

class MockCluster {
 public:
  static constexpr int k_brokers = 3;
  static constexpr int k_partitions = 10;

  MockCluster() {
    char why[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);  // that it has no brokers to talk to is meant
    owner_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
    EXPECT_TRUE(owner_) << why;
    cluster_.reset(rd_kafka_mock_cluster_new(owner_.get(), k_brokers));
    EXPECT_TRUE(cluster_);
    for (const char* stream : {"ballots", "elections"}) {
      const std::string topic = topic_of(options(), stream);
      EXPECT_EQ(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), k_partitions, k_brokers),
                RD_KAFKA_RESP_ERR_NO_ERROR);
    }
  }

  rd_kafka_mock_cluster_t* operator*() { return cluster_.get(); }
  KafkaOptions options() {
    KafkaOptions options;
    options.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
    options.development = true;  // it knows no settings of topics
    options.read_timeout = Milliseconds{3'000};
    return options;
  }
  std::unique_ptr<Log> open() {
    auto log = open_kafka_log(options());
    EXPECT_TRUE(log) << log.error().message;
    return std::move(*log);
  }

 private:
  KafkaClient owner_;
  std::unique_ptr<rd_kafka_mock_cluster_t, KafkaDestroy<rd_kafka_mock_cluster_destroy>> cluster_;
};

}  // namespace ostraka::log
