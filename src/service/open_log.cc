#include <spdlog/spdlog.h>

#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"
#include "service/process.h"

namespace ostraka::service {

namespace {

void tell(const log::LogEvent& event) {
  switch (event.kind) {
    case log::LogEvent::Kind::recovered:
    case log::LogEvent::Kind::space_again:
      spdlog::info("log: {}", event.message);
      return;
    case log::LogEvent::Kind::cut:
      spdlog::warn("log: {}", event.message);
      return;
    case log::LogEvent::Kind::disk_full:
      spdlog::error("log: {}; nothing is lost, and it goes on by itself when there is space", event.message);
      return;
  }
}

// Of librdkafka, by syslog's levels. It counts a broker that is away for a moment among the errors.
void note(int level, const std::string& message) {
  constexpr int k_syslog_critical = 2;
  constexpr int k_syslog_notice = 5;
  if (level <= k_syslog_critical) {
    spdlog::error("kafka: {}", message);
  } else if (level <= k_syslog_notice) {
    spdlog::warn("kafka: {}", message);
  } else {
    spdlog::debug("kafka: {}", message);
  }
}

log::EmbeddedOptions observed_by(Metrics* metrics) {
  log::EmbeddedOptions options;
  if (metrics == nullptr) {
    options.writer.on_event = tell;
    return options;
  }
  Histogram& syncs =
      metrics->histogram("ostraka_log_sync_seconds", "How long the sync of a batch took.", latency_bounds());
  Gauge& full = metrics->gauge("ostraka_log_disk_full", "1 while the disk has no space for the log: an alarm.");
  options.writer.on_sync = [&syncs](std::chrono::nanoseconds took) {
    syncs.observe(std::chrono::duration<double>(took).count());
  };
  options.writer.on_event = [&full](const log::LogEvent& event) {
    tell(event);
    if (event.kind == log::LogEvent::Kind::disk_full || event.kind == log::LogEvent::Kind::space_again) {
      full.set(event.kind == log::LogEvent::Kind::disk_full ? 1 : 0);
    }
  };
  return options;
}

void observe(log::KafkaOptions& options, Metrics* metrics) {
  options.on_notice = note;
  if (metrics == nullptr) {
    return;
  }
  Histogram& appends = metrics->histogram("ostraka_log_append_seconds",
                                          "How long an append took until the brokers had it.", latency_bounds());
  Counter& uncertain = metrics->counter("ostraka_log_appends_uncertain_total",
                                        "Appends that may or may not have landed; their producers were replaced.");
  options.on_append = [&appends](std::chrono::nanoseconds took) {
    appends.observe(std::chrono::duration<double>(took).count());
  };
  options.on_uncertain = [&uncertain] { uncertain.add(1); };
}

}  // namespace

Result<std::unique_ptr<log::Log>> open_log(const std::string& url, Metrics* metrics) {
  constexpr std::string_view k_file = "file://";
  if (url.rfind(k_file, 0) == 0 && url.size() > k_file.size() && url[k_file.size()] == '/') {
    return log::open_embedded_log(url.substr(k_file.size()), observed_by(metrics));
  }
  if (url.rfind("kafka://", 0) == 0) {
    auto options = log::kafka_options_from_url(url);
    if (!options) {
      return tl::make_unexpected(options.error());
    }
    observe(*options, metrics);
    return log::open_kafka_log(std::move(*options));
  }
  return fail(ErrorKind::invalid, "--log {}: expected kafka://…, or file:// and an absolute directory", url);
}

Status check_partitions(log::Log& log, std::string_view stream, std::uint32_t partitions) {
  const auto there = log.partitions(std::string(stream));
  if (!there) {
    return tl::make_unexpected(there.error());
  }
  if (*there && **there != partitions) {
    return fail(ErrorKind::invalid, "the log has {} partitions of {}, and --partitions says {}", **there, stream,
                partitions);
  }
  return {};
}

}  // namespace ostraka::service
