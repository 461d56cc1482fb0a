#include "log/kafka/partition_bounds.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace ostraka::log {
namespace {

// Of one question: then it is asked again, perhaps of another leader.
constexpr Milliseconds k_one_question_max{1'000};
constexpr Milliseconds k_between_questions{50};

}  // namespace

PartitionBounds::PartitionBounds(rd_kafka_t* client, std::string topic, Partition partition, const Clock& clock)
    : client_(client),
      topic_(std::move(topic)),
      partition_(partition),
      clock_(clock),
      handle_(rd_kafka_topic_new(client, topic_.c_str(), nullptr)) {}

Result<Offset> PartitionBounds::end(Milliseconds at_most, const std::atomic<bool>* interrupted) {
  const auto known = static_cast<std::int64_t>(known_end_.value);
  const Result<std::int64_t> end = ask_until_answered(RD_KAFKA_OFFSET_END, known, at_most, interrupted);
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  known_end_ = Offset{static_cast<std::uint64_t>(*end)};
  return known_end_;
}

Status PartitionBounds::check_begin(Milliseconds at_most) {
  const Result<std::int64_t> begin = ask_until_answered(RD_KAFKA_OFFSET_BEGINNING, 0, at_most, nullptr);
  if (!begin) {
    return tl::make_unexpected(begin.error());
  }
  if (*begin != 0) {
    return fail(ErrorKind::damaged,
                "kafka: {}-{} begins at offset {}: records were removed, by retention or by hand; set retention.ms and "
                "retention.bytes to -1",
                topic_, partition_.value, *begin);
  }
  return {};
}

Result<std::int64_t> PartitionBounds::ask_until_answered(std::int64_t which, std::int64_t at_least,
                                                         Milliseconds at_most,
                                                         const std::atomic<bool>* interrupted) {
  const MonotonicTime deadline = clock_.monotonic_now() + at_most;
  while (true) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - clock_.monotonic_now());
    Result<std::int64_t> answer = ask(which, std::clamp(left, Milliseconds{1}, k_one_question_max));
    if (answer && *answer >= at_least) {
      was_seen_ = true;
      return answer;
    }
    if (!answer && answer.error().kind == ErrorKind::not_found && (was_seen_ || is_there(k_one_question_max))) {
      // This is a broker that has just started, or a partition without a leader.
      was_seen_ = true;
      answer = fail(ErrorKind::unavailable, "{}", answer.error().message);
    }
    if (!answer && answer.error().kind != ErrorKind::unavailable) {
      return answer;
    }
    const bool is_over = left <= k_between_questions || (interrupted != nullptr && *interrupted);
    if (is_over && answer) {
      return fail(ErrorKind::unavailable, "kafka: {}-{} is said to end at {}, but reached {} before", topic_,
                  partition_.value, *answer, at_least);
    }
    if (is_over) {
      return answer;
    }
    std::this_thread::sleep_for(k_between_questions);
  }
}

bool PartitionBounds::is_there(Milliseconds at_most) const {
  const rd_kafka_metadata_t* told = nullptr;
  if (rd_kafka_metadata(client_, 0, handle_.get(), &told, static_cast<int>(at_most.count())) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return false;
  }
  const std::unique_ptr<const rd_kafka_metadata_t, KafkaDestroy<rd_kafka_metadata_destroy>> metadata(told);
  return metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR &&
         static_cast<int>(partition_.value) < metadata->topics[0].partition_cnt;
}

// Not rd_kafka_query_watermark_offsets(): in 2.0.2 it waits without an end for a leader that is away.
Result<std::int64_t> PartitionBounds::ask(std::int64_t which, Milliseconds at_most) {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* const asked =
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), static_cast<std::int32_t>(partition_.value));
  asked->offset = which;  // in the place of a time
  rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client_, list.get(), static_cast<int>(at_most.count()));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    code = asked->err;
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return tl::make_unexpected(kafka_error(code, fmt::format("the end of {}-{}", topic_, partition_.value)));
  }
  if (asked->offset < 0) {
    return fail(ErrorKind::unavailable, "kafka: the end of {}-{} is not known now", topic_, partition_.value);
  }
  return asked->offset;
}

}  // namespace ostraka::log
