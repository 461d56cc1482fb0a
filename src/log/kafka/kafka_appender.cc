#include "log/kafka/kafka_appender.h"

#include <utility>

#include "log/kafka/limits.h"
#include "log/kafka/partition_bounds.h"

namespace ostraka::log {
namespace {

constexpr int k_poll_milliseconds = 100;
// A report comes at the time-out at the latest; this much later it is not waited for any longer.
constexpr Milliseconds k_report_grace{2'000};
constexpr int k_purge_milliseconds = 1'000;

Status check_sizes(std::span<const std::string_view> records) {
  std::size_t bytes = 0;
  for (const std::string_view record : records) {
    if (record.size() > k_record_bytes_max) {
      return fail(ErrorKind::invalid, "a record of {} bytes is larger than {}", record.size(), k_record_bytes_max);
    }
    bytes += record.size();
  }
  if (bytes > k_batch_bytes_max) {
    return fail(ErrorKind::invalid, "a batch of {} bytes is larger than {}", bytes, k_batch_bytes_max);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<KafkaAppender>> KafkaAppender::open(SharedKafkaOptions options, const Clock& clock,
                                                           const PartitionName& name) {
  std::unique_ptr<KafkaAppender> appender(new KafkaAppender(std::move(options), clock, name));
  if (const Status made = appender->make_producer(); !made) {
    return tl::make_unexpected(made.error());
  }
  const Milliseconds at_most = appender->options_->read_timeout;
  PartitionBounds bounds(appender->producer_.get(), appender->topic_, name.partition, clock);
  const Result<Offset> end = until_known([&] { return bounds.end(at_most); });
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  appender->end_ = *end;
  return appender;
}

KafkaAppender::KafkaAppender(SharedKafkaOptions options, const Clock& clock, const PartitionName& name)
    : options_(std::move(options)),
      clock_(clock),
      topic_(topic_of(*options_, name.stream)),
      partition_(name.partition) {}

KafkaAppender::~KafkaAppender() = default;  // nothing is on its way between two appends

Status KafkaAppender::make_producer() {
  KafkaConfBuilder conf(*options_);
  conf.set("acks", "all").set("enable.idempotence", "true");
  conf.set("max.in.flight.requests.per.connection", "5");
  conf.set("message.timeout.ms", std::to_string(options_->append_timeout.count()));
  conf.set("request.timeout.ms", std::to_string(options_->append_timeout.count()));
  conf.set("message.max.bytes", std::to_string(k_message_bytes_max));
  conf.set("retry.backoff.ms", "50");
  conf.set("linger.ms", "0");  // who appends has gathered what there is
  conf.set("batch.num.messages", "10000").set("batch.size", std::to_string(k_message_bytes_max));
  conf.set("queue.buffering.max.kbytes", std::to_string(4 * k_batch_bytes_max / 1024));
  conf.set("compression.codec", "none");
  rd_kafka_conf_set_dr_msg_cb(conf.conf(), on_delivery);
  auto producer = conf.make(RD_KAFKA_PRODUCER);
  if (!producer) {
    return tl::make_unexpected(producer.error());
  }
  producer_ = std::move(*producer);
  handle_.reset(rd_kafka_topic_new(producer_.get(), topic_.c_str(), nullptr));
  return {};
}

Result<Offset> KafkaAppender::append(std::span<const std::string_view> records) {
  if (const Status fits = check_sizes(records); !fits) {
    return tl::make_unexpected(fits.error());
  }
  if (records.empty()) {
    return end_;
  }
  if (!producer_) {
    if (const Status made = make_producer(); !made) {
      return tl::make_unexpected(made.error());
    }
  }
  const MonotonicTime begun = clock_.monotonic_now();
  reported_ = 0;
  deliveries_.assign(records.size(), {&reported_});
  const MonotonicTime deadline = begun + options_->append_timeout + k_report_grace;
  Status delivered = hand_over(records, deadline);
  if (delivered) {
    delivered = wait_for_reports(deadline);
  }
  const Result<Offset> first = delivered ? first_of_contiguous() : tl::make_unexpected(delivered.error());
  if (!first) {
    throw_producer_away();
    return first;
  }
  end_ = first->plus(records.size());
  if (options_->on_append) {
    options_->on_append(clock_.monotonic_now() - begun);
  }
  return first;
}

// The records stay the caller's: librdkafka does not copy them, and has reported each, or is gone, when append()
// returns.
Status KafkaAppender::hand_over(std::span<const std::string_view> records, MonotonicTime deadline) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    while (rd_kafka_produce(handle_.get(), static_cast<std::int32_t>(partition_.value), 0,
                            const_cast<char*>(records[i].data()), records[i].size(), nullptr, 0,
                            &deliveries_[i]) != 0) {
      const rd_kafka_resp_err_t code = rd_kafka_last_error();
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return uncertain(rd_kafka_err2str(code));
      }
      if (clock_.monotonic_now() >= deadline) {
        return uncertain("the producer's queue stays full");
      }
      rd_kafka_poll(producer_.get(), k_poll_milliseconds);
    }
  }
  return {};
}

Status KafkaAppender::wait_for_reports(MonotonicTime deadline) {
  while (reported_ < deliveries_.size()) {
    if (clock_.monotonic_now() >= deadline) {
      return uncertain("no report came");
    }
    rd_kafka_poll(producer_.get(), k_poll_milliseconds);
  }
  return {};
}

void KafkaAppender::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto& delivery = *static_cast<Delivery*>(message->_private);
  delivery.code = message->err;
  delivery.offset = message->offset;
  ++*delivery.reported;
}

Result<Offset> KafkaAppender::first_of_contiguous() const {
  for (std::size_t i = 0; i < deliveries_.size(); ++i) {
    const Delivery& delivery = deliveries_[i];
    if (delivery.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return uncertain(rd_kafka_err2str(delivery.code));
    }
    if (delivery.offset < 0) {
      return uncertain("a report without an offset");
    }
    if (delivery.offset != deliveries_.front().offset + static_cast<std::int64_t>(i)) {
      return uncertain("somebody else wrote in between");
    }
  }
  return Offset{static_cast<std::uint64_t>(deliveries_.front().offset)};
}

// What it has not sent is dropped here, and reported, so that no record is pointed to when this returns. What it has
// sent may still land.
void KafkaAppender::throw_producer_away() {
  ++producers_lost_;
  if (options_->on_uncertain) {
    options_->on_uncertain();
  }
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer_.get(), k_purge_milliseconds);
  handle_.reset();
  producer_.reset();
}

tl::unexpected<Error> KafkaAppender::uncertain(std::string_view why) const {
  return fail(ErrorKind::unavailable, "kafka: an append to {}-{} may or may not have landed: {}", topic_,
              partition_.value, why);
}

}  // namespace ostraka::log
