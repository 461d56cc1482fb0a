// ostraka-kafka-appends: records a second into one partition, by our log and by librdkafka's producer as it comes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <vector>

#include "log/kafka/kafka_log.h"
#include "plain_producer.h"

namespace {

using namespace ostraka;

struct Options {
  std::string log_url;
  std::string stream = "ballots";
  double seconds = 4;
  std::size_t record_bytes = 128;
  std::vector<std::size_t> batches{64, 512, 4'096};
  int turns = 3;
};

// Records a second, appended as a ballot box does: one append, its answer, the next.
Result<double> run_ours(log::Log& log, const Options& options, std::size_t batch) {
  auto appender = log.open_appender({options.stream, Partition{0}});
  if (!appender) {
    return tl::make_unexpected(appender.error());
  }
  const std::string record(options.record_bytes, 'x');
  const std::vector<std::string_view> records(batch, record);
  std::uint64_t appended = 0;
  const auto begun = std::chrono::steady_clock::now();
  const std::chrono::duration<double> at_most(options.seconds);
  while (std::chrono::steady_clock::now() - begun < at_most) {
    if (const auto first = (*appender)->append(records); !first) {
      return tl::make_unexpected(first.error());
    }
    appended += batch;
  }
  return static_cast<double>(appended) / std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

int run(const Options& options) {
  const auto kafka = log::kafka_options_from_url(options.log_url);
  auto log = kafka ? log::open_kafka_log(*kafka) : Result<std::unique_ptr<log::Log>>(tl::make_unexpected(kafka.error()));
  if (!log) {
    std::cerr << log.error().message << "\n";
    return 1;
  }
  std::string json;
  for (const std::size_t batch : options.batches) {
    for (int turn = 0; turn < options.turns; ++turn) {
      const auto ours = run_ours(**log, options, batch);
      if (!ours) {
        std::cerr << ours.error().message << "\n";
        return 1;
      }
      bench::ProducerRun plain{kafka->topic_prefix + options.stream, 0, options.record_bytes, batch, false,
                               std::chrono::milliseconds(static_cast<int>(options.seconds * 1'000))};
      const double free = bench::run_plain_producer(*kafka, plain);
      plain.waits_for_batches = true;
      const double waiting = bench::run_plain_producer(*kafka, plain);
      json += fmt::format(R"({}{{"batch":{},"ours":{:.0f},"librdkafka":{:.0f},"librdkafka_waiting":{:.0f}}})",
                          json.empty() ? "" : ",", batch, *ours, free, waiting);
    }
  }
  std::cout << fmt::format(R"({{"record_bytes":{},"seconds":{},"turns":[{}]}})", options.record_bytes, options.seconds,
                           json)
            << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Records a second into one partition: our log, and librdkafka's own producer.", "ostraka-kafka-appends");
  Options options;
  app.add_option("--log", options.log_url, "kafka://…, whose topics are there")->required();
  app.add_option("--seconds", options.seconds, "of each measurement")->capture_default_str();
  app.add_option("--record-bytes", options.record_bytes, "of each record")->capture_default_str();
  app.add_option("--batch", options.batches, "records of an append; may be given several times");
  app.add_option("--turns", options.turns, "how often each is measured, in turns")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
