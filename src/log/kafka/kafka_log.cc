#include "log/kafka/kafka_log.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <mutex>
#include <set>
#include <thread>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "log/kafka/kafka_appender.h"
#include "log/kafka/kafka_reader.h"
#include "log/kafka/kafka_sharing.h"
#include "log/kafka/topics.h"

namespace ostraka::log {
namespace {

constexpr std::size_t k_log_id_bytes = 16;

class KafkaLog final : public Log {
 public:
  KafkaLog(KafkaOptions options, const Clock& clock)
      : options_(std::make_shared<const KafkaOptions>(std::move(options))), clock_(clock) {}

  Status connect() {
    KafkaConfBuilder conf(*options_);
    auto admin = conf.make(RD_KAFKA_PRODUCER);
    if (!admin) {
      return tl::make_unexpected(admin.error());
    }
    admin_ = std::move(*admin);
    char* const cluster = rd_kafka_clusterid(admin_.get(), static_cast<int>(options_->read_timeout.count()));
    if (cluster == nullptr) {
      return fail(ErrorKind::unavailable, "kafka: none of {} answers", options_->brokers);
    }
    log_id_ = id_of(cluster);
    rd_kafka_mem_free(admin_.get(), cluster);
    return {};
  }

  Result<std::unique_ptr<Appender>> open_appender(const PartitionName& name) override {
    if (const Status safe = check_topic(name.stream); !safe) {
      return tl::make_unexpected(safe.error());
    }
    return KafkaAppender::open(options_, clock_, name);
  }

  Result<std::unique_ptr<Reader>> open_reader(const PartitionName& name, Offset from) override {
    return KafkaReader::open(options_, clock_, name, from);
  }

  Result<Mark> mark(const PartitionName& name, Offset at) override {
    Mark mark{log_id_, at, 0};
    if (at == Offset{}) {
      return mark;
    }
    const Offset last{at.value - 1};
    const auto reader = KafkaReader::open(options_, clock_, name, last, KafkaReader::From::perhaps_more);
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    if (const Status there = wait_for(**reader, name, at); !there) {
      return tl::make_unexpected(there.error());
    }
    const Result<Records> read = (*reader)->read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (read->records.empty()) {
      return fail(ErrorKind::unavailable, "kafka: {}-{}: the record before offset {} does not come", name.stream,
                  name.partition.value, at.value);
    }
    std::string place(16, '\0');
    store_le(place.data(), static_cast<std::uint32_t>(name.partition.value));
    store_le(place.data() + 4, crc32c(read->records.front()));
    store_le(place.data() + 8, static_cast<std::uint64_t>((*reader)->timestamp_of_first()));
    mark.running_crc = crc32c(place);
    return mark;
  }

  bool end_may_lag() const override { return true; }

  Result<std::optional<std::uint32_t>> partitions(const std::string& stream) override {
    const Result<TopicFacts> facts =
        describe_new_topic(admin_.get(), topic_of(*options_, stream), options_->read_timeout);
    if (!facts) {
      return tl::make_unexpected(facts.error());
    }
    return facts->partitions;
  }

  Result<std::unique_ptr<Sharing>> share(ShareOptions options) override {
    auto sharing = KafkaSharing::join(*options_, std::move(options));
    if (!sharing) {
      return tl::make_unexpected(sharing.error());
    }
    return std::move(*sharing);
  }

 private:
  // A leader that has just become one may say an end that lies before what was durable: what is missing after a while is
  // missing.
  Status wait_for(KafkaReader& reader, const PartitionName& name, Offset at) {
    const MonotonicTime deadline = clock_.monotonic_now() + options_->read_timeout;
    while (true) {
      const Result<Offset> end = reader.end();
      if (!end) {
        return tl::make_unexpected(end.error());
      }
      if (*end >= at) {
        return {};
      }
      if (clock_.monotonic_now() >= deadline) {
        return fail(ErrorKind::not_found, "kafka: {}-{} ends at {}, before offset {}", name.stream,
                    name.partition.value, end->value, at.value);
      }
      std::this_thread::sleep_for(k_ask_again);
    }
  }

  // The cluster, and which of the logs in it.
  std::string id_of(const char* cluster) const {
    const std::string text = fmt::format("ostraka log {} {}", cluster, options_->topic_prefix);
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
               nullptr);
    return digest.substr(0, k_log_id_bytes);
  }

  // Once for each stream: a topic that is altered later is for `ostraka topics check`.
  Status check_topic(const std::string& stream) {
    const std::lock_guard lock(mutex_);
    if (options_->development || safe_.contains(stream)) {
      return {};
    }
    const Result<TopicFacts> facts =
        describe_new_topic(admin_.get(), topic_of(*options_, stream), options_->read_timeout);
    if (!facts) {
      return tl::make_unexpected(facts.error());
    }
    const std::vector<std::string> dangers = dangers_of(*facts);
    if (!dangers.empty()) {
      return fail(ErrorKind::invalid,
                  "kafka: topic {} could lose votes: {}. Mend it (`ostraka topics check` shows all), or say "
                  "development=yes",
                  facts->topic, fmt::join(dangers, "; "));
    }
    safe_.insert(stream);
    return {};
  }

  const SharedKafkaOptions options_;
  const Clock& clock_;
  KafkaClient admin_;
  std::string log_id_;
  std::mutex mutex_;  // guards safe_
  std::set<std::string> safe_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_kafka_log(KafkaOptions options, const Clock& clock) {
  auto log = std::make_unique<KafkaLog>(std::move(options), clock);
  if (const Status connected = log->connect(); !connected) {
    return tl::make_unexpected(connected.error());
  }
  return log;
}

}  // namespace ostraka::log
