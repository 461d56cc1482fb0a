// What Prometheus expects of every process, under its conventional names: process_cpu_seconds_total,
// process_resident_memory_bytes, process_open_fds, process_start_time_seconds; and ostraka_build_info.
#pragma once

#include "service/metrics.h"

namespace ostraka::service {

void add_process_metrics(Metrics& metrics);

}  // namespace ostraka::service
