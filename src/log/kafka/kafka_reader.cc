#include "log/kafka/kafka_reader.h"

#include <algorithm>
#include <array>

#include "log/kafka/limits.h"

namespace ostraka::log {
namespace {

constexpr std::size_t k_records_per_read_max = 4096;
constexpr Milliseconds k_one_fetch_max{100};

}  // namespace

Result<std::unique_ptr<KafkaReader>> KafkaReader::open(SharedKafkaOptions options, const Clock& clock,
                                                       const PartitionName& name, Offset from) {
  std::unique_ptr<KafkaReader> reader(new KafkaReader(std::move(options), clock, name, from));
  KafkaConfBuilder conf(*reader->options_);
  conf.set("group.id", "ostraka-none");  // librdkafka wants one; nobody joins it
  conf.set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
  conf.set("auto.offset.reset", "error");
  conf.set("isolation.level", "read_uncommitted");  // there are no transactions, and what a marker hides would be a gap
  conf.set("check.crcs", "true");
  conf.set("fetch.wait.max.ms", "100").set("fetch.error.backoff.ms", "50");
  conf.set("fetch.message.max.bytes", std::to_string(k_message_bytes_max));
  conf.set("fetch.max.bytes", std::to_string(4 * k_message_bytes_max));
  conf.set("receive.message.max.bytes", std::to_string(8 * k_message_bytes_max));
  conf.set("queued.max.messages.kbytes", "16384");
  auto consumer = conf.make(RD_KAFKA_CONSUMER);
  if (!consumer) {
    return tl::make_unexpected(consumer.error());
  }
  reader->consumer_ = std::move(*consumer);
  rd_kafka_poll_set_consumer(reader->consumer_.get());
  reader->queue_.reset(rd_kafka_queue_get_consumer(reader->consumer_.get()));
  const Result<Offset> end = until_known([&] { return reader->end(); });
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  return reader;
}

KafkaReader::KafkaReader(SharedKafkaOptions options, const Clock& clock, const PartitionName& name, Offset from)
    : options_(std::move(options)),
      clock_(clock),
      topic_(topic_of(*options_, name.stream)),
      partition_(name.partition),
      position_(from) {}

KafkaReader::~KafkaReader() {
  handed_over_.clear();
  ahead_.clear();
  queue_.reset();
  if (consumer_) {
    rd_kafka_destroy_flags(consumer_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);  // there is no group to leave
  }
}

Result<Offset> KafkaReader::end() { return query_end(consumer_.get(), topic_, partition_, options_->read_timeout); }

// Only when the position is there: asked for an offset behind the end, a broker says that it is out of range.
Status KafkaReader::begin_fetching() {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), static_cast<std::int32_t>(partition_.value))->offset =
      static_cast<std::int64_t>(position_.value);
  const rd_kafka_resp_err_t code = rd_kafka_assign(consumer_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return tl::make_unexpected(kafka_error(code, fmt::format("reading {}-{}", topic_, partition_.value)));
  }
  fetches_ = true;
  return {};
}

// Whether there are records from the position on, committed and not read yet.
Result<bool> KafkaReader::has_more() {
  if (!ahead_.empty()) {
    return true;
  }
  const Result<Offset> end = this->end();
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  if (*end <= position_) {
    return false;
  }
  if (!fetches_) {
    if (const Status begun = begin_fetching(); !begun) {
      return tl::make_unexpected(begun.error());
    }
  }
  return true;
}

// Waits for the first record, takes those that are there already.
void KafkaReader::fetch(Milliseconds at_most) {
  KafkaMessage first(rd_kafka_consume_queue(queue_.get(), static_cast<int>(at_most.count())));
  if (!first) {
    return;
  }
  take(std::move(first));
  std::array<rd_kafka_message_t*, 256> more;
  while (ahead_.size() < k_records_per_read_max) {
    const ssize_t got = rd_kafka_consume_batch_queue(queue_.get(), 0, more.data(), more.size());
    for (ssize_t i = 0; i < got; ++i) {
      take(KafkaMessage(more[i]));
    }
    if (got < static_cast<ssize_t>(more.size())) {
      return;
    }
  }
}

void KafkaReader::take(KafkaMessage message) {
  if (error_) {
    return;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const Error error = kafka_error(message->err, fmt::format("reading {}-{}: {}", topic_, partition_.value,
                                                              rd_kafka_message_errstr(message.get())));
    // What may pass is told by who waits too long for a record; librdkafka tries again by itself.
    if (error.kind != ErrorKind::unavailable) {
      error_ = error;
    }
    return;
  }
  const auto expected = static_cast<std::int64_t>(position_.value + ahead_.size());
  if (message->offset < expected) {
    return;  // once more, after a leader changed
  }
  if (message->offset > expected) {
    error_ = Error{ErrorKind::damaged,
                   fmt::format("kafka: {}-{}: behind offset {} comes {}: the topic was compacted, cut, or written to "
                               "in transactions",
                               topic_, partition_.value, expected - 1, message->offset)};
    return;
  }
  ahead_.push_back(std::move(message));
}

Result<Records> KafkaReader::read() {
  handed_over_.clear();
  if (ahead_.empty() && fetches_) {
    fetch(Milliseconds{0});
  }
  const MonotonicTime deadline = clock_.monotonic_now() + options_->read_timeout;
  while (ahead_.empty() && !error_) {
    const Result<bool> more = has_more();
    if (!more) {
      return tl::make_unexpected(more.error());
    }
    if (!*more) {
      return Records{position_, {}};
    }
    if (clock_.monotonic_now() >= deadline) {
      return fail(ErrorKind::unavailable, "kafka: {}-{}: offset {} is there, but does not come", topic_,
                  partition_.value, position_.value);
    }
    fetch(k_one_fetch_max);
  }
  if (ahead_.empty()) {
    return tl::make_unexpected(*error_);  // what is whole came first
  }
  Records records{position_, {}};
  const std::size_t count = std::min(ahead_.size(), k_records_per_read_max);
  records.records.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const KafkaMessage& message = handed_over_.emplace_back(std::move(ahead_.front()));
    ahead_.pop_front();
    records.records.emplace_back(static_cast<const char*>(message->payload), message->len);
  }
  position_ = position_.plus(count);
  return records;
}

bool KafkaReader::wait(Milliseconds at_most) {
  const MonotonicTime deadline = clock_.monotonic_now() + at_most;
  while (true) {
    if (interrupted_.exchange(false)) {
      return false;
    }
    if (ahead_.empty() && fetches_) {
      fetch(Milliseconds{0});
    }
    // An error is something to read: read() says what it is.
    const Result<bool> more = error_ ? true : has_more();
    if (!more || *more) {
      return true;
    }
    const auto left = std::chrono::ceil<Milliseconds>(deadline - clock_.monotonic_now());
    if (left.count() <= 0) {
      return false;
    }
    fetch(std::min(left, k_one_fetch_max));
  }
}

void KafkaReader::interrupt() {
  interrupted_ = true;
  rd_kafka_queue_yield(queue_.get());
}

}  // namespace ostraka::log
