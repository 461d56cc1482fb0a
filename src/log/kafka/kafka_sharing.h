// A member of a consumer group that consumes nothing: who has which partition is the group's, what is read is not.
//
// A member that dies, or hangs for as long as k_session, loses its share to the others; one that leaves loses it at once.
// The assignment is round robin and eager: with the cooperative one librdkafka 2.0.2 may hang when it leaves.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "log/kafka/client.h"

namespace ostraka::log {

// The shortest that brokers allow by default (group.min.session.timeout.ms).
inline constexpr Milliseconds k_session{6'000};
inline constexpr Milliseconds k_heartbeat_interval{1'000};

class KafkaSharing final : public Sharing {
 public:
  // Returns before there is a share: on_share is called when the group has settled, on a thread of its own.
  static Result<std::unique_ptr<KafkaSharing>> join(const KafkaOptions& options, ShareOptions share);
  ~KafkaSharing() override;

 private:
  // What librdkafka hands to callbacks is the options: these know whose they are.
  struct OwnOptions : KafkaOptions {
    KafkaSharing* sharing = nullptr;
  };

  KafkaSharing(const KafkaOptions& options, ShareOptions share);

  Status subscribe();
  void run();
  static void on_rebalance(rd_kafka_t* consumer, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                           void* options);
  void take(rd_kafka_topic_partition_list_t& partitions);

  OwnOptions options_;  // the consumer looks at them until it is gone
  const ShareOptions share_;
  const std::string topic_;
  KafkaClient consumer_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace ostraka::log
