// librdkafka's C API with owners, and what every client of ours is configured with. A part of kafka_log.h.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <thread>

#include "log/kafka/options.h"
#include "log/log.h"

namespace ostraka::log {

template <auto destroy>
struct KafkaDestroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};

using KafkaClient = std::unique_ptr<rd_kafka_t, KafkaDestroy<rd_kafka_destroy>>;
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaDestroy<rd_kafka_conf_destroy>>;
using KafkaTopic = std::unique_ptr<rd_kafka_topic_t, KafkaDestroy<rd_kafka_topic_destroy>>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, KafkaDestroy<rd_kafka_queue_destroy>>;
using KafkaPartitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaDestroy<rd_kafka_topic_partition_list_destroy>>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaDestroy<rd_kafka_message_destroy>>;

// Of a log, and of all that was opened with it, which may outlive it.
using SharedKafkaOptions = std::shared_ptr<const KafkaOptions>;

// A topic holds a stream; its partitions have the stream's numbers.
std::string topic_of(const KafkaOptions& options, std::string_view stream);

// Brokers, TLS, SASL, how soon to try again. Notices go to options.on_notice, and `options` outlives the client.
// Errors: invalid (what librdkafka says), not_found (the password file).
class KafkaConfBuilder {
 public:
  explicit KafkaConfBuilder(const KafkaOptions& options);
  KafkaConfBuilder& set(const char* property, const std::string& value);
  rd_kafka_conf_t* conf() { return conf_.get(); }
  // The options' own properties go last.
  Result<KafkaClient> make(rd_kafka_type_t type);

 private:
  Status set_security();

  const KafkaOptions& options_;
  KafkaConf conf_;
  Status status_;
};

// What an error of librdkafka or a broker is to us.
Error kafka_error(rd_kafka_resp_err_t code, std::string_view what);

inline constexpr Milliseconds k_ask_again{50};

// Asks again for a while as long as the answer is not_found: not every broker knows at once of a new topic, or of any
// when it has just started.
template <class Ask>
auto until_known(Ask ask) {
  constexpr Milliseconds k_known_within{3'000};
  for (Milliseconds waited{0};; waited += k_ask_again) {
    auto answer = ask();
    if (answer || answer.error().kind != ErrorKind::not_found || waited >= k_known_within) {
      return answer;
    }
    std::this_thread::sleep_for(k_ask_again);
  }
}

}  // namespace ostraka::log
