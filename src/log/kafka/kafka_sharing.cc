#include "log/kafka/kafka_sharing.h"

#include <utility>

namespace ostraka::log {
namespace {

constexpr int k_sharing_poll_milliseconds = 100;

}  // namespace

KafkaSharing::KafkaSharing(const KafkaOptions& options, ShareOptions share)
    : options_{options, this}, share_(std::move(share)), topic_(topic_of(options, share_.stream)) {}

Result<std::unique_ptr<KafkaSharing>> KafkaSharing::join(const KafkaOptions& options, ShareOptions share) {
  std::unique_ptr<KafkaSharing> sharing(new KafkaSharing(options, std::move(share)));
  if (const Status subscribed = sharing->subscribe(); !subscribed) {
    return tl::make_unexpected(subscribed.error());
  }
  sharing->thread_ = std::thread([sharing = sharing.get()] { sharing->run(); });
  return sharing;
}

KafkaSharing::~KafkaSharing() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

Status KafkaSharing::subscribe() {
  KafkaConfBuilder conf(options_);
  conf.set("group.id", topic_of(options_, share_.group));
  conf.set("session.timeout.ms", std::to_string(k_session.count()));
  conf.set("heartbeat.interval.ms", std::to_string(k_heartbeat_interval.count()));
  conf.set("partition.assignment.strategy", "roundrobin");
  conf.set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
  conf.set("auto.offset.reset", "latest");
  rd_kafka_conf_set_rebalance_cb(conf.conf(), on_rebalance);
  auto consumer = conf.make(RD_KAFKA_CONSUMER);
  if (!consumer) {
    return tl::make_unexpected(consumer.error());
  }
  consumer_ = std::move(*consumer);
  rd_kafka_poll_set_consumer(consumer_.get());
  const KafkaPartitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer_.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return tl::make_unexpected(kafka_error(code, fmt::format("joining {}", share_.group)));
  }
  return {};
}

void KafkaSharing::run() {
  while (!stopping_) {
    // Rebalances are served in here. Messages there are none: what is assigned is paused.
    const KafkaMessage message(rd_kafka_consumer_poll(consumer_.get(), k_sharing_poll_milliseconds));
  }
  rd_kafka_consumer_close(consumer_.get());
  consumer_.reset();
}

// A share that is taken away is followed by another one: what was held is held until then.
void KafkaSharing::on_rebalance(rd_kafka_t* consumer, rd_kafka_resp_err_t code,
                                rd_kafka_topic_partition_list_t* partitions, void* options) {
  if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    rd_kafka_assign(consumer, nullptr);
    return;
  }
  rd_kafka_assign(consumer, partitions);
  rd_kafka_pause_partitions(consumer, partitions);
  static_cast<const OwnOptions*>(static_cast<const KafkaOptions*>(options))->sharing->take(*partitions);
}

void KafkaSharing::take(rd_kafka_topic_partition_list_t& partitions) {
  Share share;
  for (int i = 0; i < partitions.cnt; ++i) {
    const auto partition = static_cast<std::uint32_t>(partitions.elems[i].partition);
    if (partition < share_.partitions) {  // a topic that was given more later: none of our voters is there
      share.partitions.insert(Partition{partition});
    }
  }
  share_.on_share(share);
}

}  // namespace ostraka::log
