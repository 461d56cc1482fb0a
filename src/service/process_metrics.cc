#include "service/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace ostraka::service {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double size_pages = 0;
  double resident_pages = 0;
  file >> size_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
  metrics.counter_of("process_cpu_seconds_total", "User and system CPU time spent in seconds.", cpu_seconds);
  metrics.gauge_of("process_resident_memory_bytes", "Resident memory size in bytes.", resident_bytes);
  metrics.gauge_of("process_open_fds", "Number of open file descriptors.", open_files);
  metrics.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")
      .set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  metrics.gauge("ostraka_build_info", "Always 1; the version is the label.", {{"version", OSTRAKA_VERSION}}).set(1);
}

}  // namespace ostraka::service
