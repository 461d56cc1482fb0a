#include "plain_producer.h"

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>

#include "base/check.h"

namespace ostraka::bench {
namespace {

struct Counters {
  std::uint64_t produced = 0;
  std::uint64_t acknowledged = 0;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* counters) {
  check(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
  ++static_cast<Counters*>(counters)->acknowledged;
}

void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
  char why[256];
  check(rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK, why);
}

}  // namespace

double run_plain_producer(const log::KafkaOptions& options, const ProducerRun& run) {
  Counters counters;
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", options.brokers.c_str());
  set(conf, "enable.idempotence", "true");
  set(conf, "acks", "all");
  set(conf, "compression.codec", "none");
  rd_kafka_conf_set_opaque(conf, &counters);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  char why[256];
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  check(producer != nullptr, why);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, run.topic.c_str(), nullptr);
  std::string record(run.record_bytes, 'x');
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < run.at_most) {
    for (std::size_t i = 0; i < run.batch; ++i) {
      while (rd_kafka_produce(topic, run.partition, RD_KAFKA_MSG_F_COPY, record.data(), record.size(), nullptr, 0,
                              nullptr) != 0) {
        rd_kafka_poll(producer, 10);  // its queue is full
      }
      ++counters.produced;
    }
    rd_kafka_poll(producer, 0);
    while (run.waits_for_batches && counters.acknowledged < counters.produced) {
      rd_kafka_poll(producer, 100);
    }
  }
  rd_kafka_flush(producer, 30'000);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
  check(counters.acknowledged == counters.produced, "every record was acknowledged");
  return static_cast<double>(counters.acknowledged) / seconds;
}

}  // namespace ostraka::bench
