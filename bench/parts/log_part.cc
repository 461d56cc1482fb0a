#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/check.h"
#include "load/core/histogram.h"
#include "log/embedded/embedded_log.h"
#include "parts/parts.h"

namespace ostraka::bench {

namespace {

Json appends_of(log::Appender& appender, std::size_t batch, double seconds) {
  const std::string record(k_record_bytes, 'r');
  const std::vector<std::string_view> records(batch, record);
  load::Histogram took;
  std::uint64_t appended = 0;
  const Stopwatch watch;
  while (watch.seconds() < seconds) {
    const auto begun = std::chrono::steady_clock::now();
    check(appender.append(records).has_value(), "an append");
    took.add(std::chrono::steady_clock::now() - begun);
    appended += batch;
  }
  return {{"batch", batch},
          {"records_per_second", static_cast<double>(appended) / watch.seconds()},
          {"p50_us", took.quantile_ms(0.5) * 1000},
          {"p99_us", took.quantile_ms(0.99) * 1000},
          {"p999_us", took.quantile_ms(0.999) * 1000},
          {"cpu_us_per_record", watch.cpu_seconds() * 1e6 / static_cast<double>(appended)}};
}

}  // namespace

Json log_appends(const Size& size, const std::string& directory) {
  const std::filesystem::path path =
      std::filesystem::absolute(directory) / ("ostraka-parts-log-" + std::to_string(getpid()));
  Json figures = Json::array();
  {
    const auto log = log::open_embedded_log(path, {});
    check(log.has_value(), "a log");
    std::uint32_t partition = 0;
    for (const std::size_t batch : {1, 64, 512, 4096}) {
      const auto appender = (*log)->open_appender({"ballots", Partition{partition++}});
      check(appender.has_value(), "an appender");
      figures.push_back(appends_of(**appender, batch, 3 * size.seconds));
    }
  }
  std::filesystem::remove_all(path);
  return figures;
}

}  // namespace ostraka::bench
