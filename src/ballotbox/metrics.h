// What the partitions say of themselves, for Prometheus.
#pragma once

#include "ballotbox/cast_stream.h"
#include "service/metrics.h"

namespace ostraka::ballotbox {

// REQUIRES: everything outlives the metrics' last rendering.
void add_partition_metrics(service::Metrics& metrics, const Partitions& partitions, std::uint32_t partitions_count,
                           const CastStream& stream);

}  // namespace ostraka::ballotbox
