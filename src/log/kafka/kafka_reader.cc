#include "log/kafka/kafka_reader.h"

#include <algorithm>
#include <array>

#include "log/kafka/limits.h"

namespace ostraka::log {
namespace {

constexpr std::size_t k_records_per_read_max = 4096;
constexpr Milliseconds k_one_fetch_max{100};
// A wait that is shorter asks its leader for the end all the same, and for so long.
constexpr Milliseconds k_end_patience_min{1'000};

}  // namespace

Result<std::unique_ptr<KafkaReader>> KafkaReader::open(SharedKafkaOptions options, const Clock& clock,
                                                       const PartitionName& name, Offset from, From known) {
  std::unique_ptr<KafkaReader> reader(new KafkaReader(std::move(options), clock, name, from));
  if (const Status opened = reader->open_consumer(); !opened) {
    return tl::make_unexpected(opened.error());
  }
  const Milliseconds at_most = reader->options_->read_timeout;
  PartitionBounds& bounds = *reader->bounds_;
  if (const Status whole = until_known([&] { return bounds.check_begin(at_most); }); !whole) {
    return tl::make_unexpected(whole.error());
  }
  if (known == From::an_end_once) {
    bounds.reaches(from);
  }
  return reader;
}

KafkaReader::KafkaReader(SharedKafkaOptions options, const Clock& clock, const PartitionName& name, Offset from)
    : options_(std::move(options)),
      clock_(clock),
      topic_(topic_of(*options_, name.stream)),
      partition_(name.partition),
      position_(from) {}

Status KafkaReader::open_consumer() {
  KafkaConfBuilder conf(*options_);
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
  consumer_ = std::move(*consumer);
  rd_kafka_poll_set_consumer(consumer_.get());
  queue_.reset(rd_kafka_queue_get_consumer(consumer_.get()));
  bounds_.emplace(consumer_.get(), topic_, partition_, clock_);
  return {};
}

KafkaReader::~KafkaReader() {
  handed_over_.clear();
  ahead_.clear();
  bounds_.reset();
  queue_.reset();
  if (consumer_) {
    rd_kafka_destroy_flags(consumer_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);  // there is no group to leave
  }
}

Result<Offset> KafkaReader::end() { return bounds_->end(options_->read_timeout); }

// Only when the position is there: asked for an offset behind the end, a broker says that it is out of range.
Status KafkaReader::begin_fetching() {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), static_cast<std::int32_t>(partition_.value))->offset =
      static_cast<std::int64_t>(next_ahead().value);
  const rd_kafka_resp_err_t code = rd_kafka_assign(consumer_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return tl::make_unexpected(kafka_error(code, fmt::format("reading {}-{}", topic_, partition_.value)));
  }
  fetches_ = true;
  return {};
}

// Whether there are records from the position on, committed and not read yet.
Result<bool> KafkaReader::has_more(Milliseconds at_most, const std::atomic<bool>* interrupted) {
  if (!ahead_.empty()) {
    return true;
  }
  const Result<Offset> end = bounds_->end(at_most, interrupted);
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
  if (damage_ || !fetches_) {
    return;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const Error error = kafka_error(message->err, fmt::format("reading {}-{}: {}", topic_, partition_.value,
                                                              rd_kafka_message_errstr(message.get())));
    // What may pass is told by who waits too long for a record; librdkafka tries again by itself.
    if (error.kind == ErrorKind::damaged) {
      look_again_at(next_ahead(), error);
    }
    return;
  }
  const auto expected = static_cast<std::int64_t>(next_ahead().value);
  if (message->offset < expected) {
    return;  // once more, after a leader changed
  }
  if (message->offset > expected) {
    look_again_at(next_ahead(),
                  {ErrorKind::damaged,
                   fmt::format("kafka: {}-{}: behind offset {} comes {}: the topic was compacted, cut, or written to "
                               "in transactions",
                               topic_, partition_.value, expected - 1, message->offset)});
    return;
  }
  bad_once_.reset();
  ahead_.push_back(std::move(message));
}

// Damage is said to be damage when it is there a second time: the first may have happened on the way, or be a leader's
// that was none any more.
void KafkaReader::look_again_at(Offset offset, const Error& error) {
  if (bad_once_ == offset) {
    damage_ = error;
  }
  bad_once_ = offset;
  fetches_ = false;  // what else has come belongs to a look that is over
}

Result<Records> KafkaReader::read() {
  handed_over_.clear();
  if (ahead_.empty() && fetches_) {
    fetch(Milliseconds{0});
  }
  const MonotonicTime deadline = clock_.monotonic_now() + options_->read_timeout;
  while (ahead_.empty() && !damage_) {
    const Result<bool> more = has_more(options_->read_timeout, nullptr);
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
    return tl::make_unexpected(*damage_);  // what is whole came first
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
  bounds_->reaches(position_);
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
    // Damage is something to read: read() says what it is.
    const Result<bool> more = damage_ ? true : has_more(std::max(at_most, k_end_patience_min), &interrupted_);
    if (interrupted_) {
      continue;
    }
    if (!more) {
      // What may pass is nothing to read.
      return more.error().kind != ErrorKind::unavailable;
    }
    if (*more) {
      return true;
    }
    const auto left = std::chrono::ceil<Milliseconds>(deadline - clock_.monotonic_now());
    if (left.count() <= 0) {
      return false;
    }
    fetch(std::min(left, k_one_fetch_max));
  }
}

std::int64_t KafkaReader::timestamp_of_first() const {
  return rd_kafka_message_timestamp(handed_over_.at(0).get(), nullptr);
}

void KafkaReader::interrupt() {
  interrupted_ = true;
  rd_kafka_queue_yield(queue_.get());
}

}  // namespace ostraka::log
