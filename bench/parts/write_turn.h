// One short time in which one method writes batches behind each other, alone or with a reader that follows it.
#pragma once

#include <string>
#include <string_view>

#include "load/core/histogram.h"
#include "parts/write_methods.h"

namespace ostraka::bench {

// As the tally follows a log: it waits for batches to be durable and reads each, in their order.
enum class Follower { none, reads };

struct TurnPlan {
  const WriteMethod* method;
  std::size_t in_flight = 1;
  Follower follower = Follower::none;
  std::string path;
};

struct TurnLimits {
  double seconds;
  std::uint64_t file_bytes;  // a turn ends with its time or with its file
};

struct TurnFigures {
  double seconds = 0;
  double cpu_seconds = 0;  // this process's; what the kernel's own threads do for it is not in it
  load::Histogram took;    // each batch, from when it was handed over until it was durable
  load::Histogram reads;   // the follower's, each without its wait
};

// `batch` is whole blocks and begins on one. The file exists, and the method can be opened.
TurnFigures take_turn(const TurnPlan& plan, std::string_view batch, const TurnLimits& limits);

}  // namespace ostraka::bench
