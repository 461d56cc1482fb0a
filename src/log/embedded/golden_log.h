// The log of the golden fixture and of the page's worked example: what it holds, and how it came to be.
#pragma once

#include <string>
#include <vector>

#include "log/embedded/test_world.h"

namespace ostraka::log {

inline constexpr std::uint64_t k_golden_segment_bytes = 6 * k_block_bytes;

inline std::vector<std::vector<std::string>> golden_batches() {
  return {{"one", "two"}, {"", std::string(300, 'z')}, {"after the roll-over"}};
}

// Two batches, a seal, and a batch that begins a second segment; killed then.
inline void write_golden_log(TestWorld& world) {
  world.options.writer.sizes.fixed_bytes = k_golden_segment_bytes;
  auto appender = world.appender();
  const auto batches = golden_batches();
  ASSERT_TRUE(append_all(**appender, batches[0]));
  ASSERT_TRUE(append_all(**appender, batches[1]));
  ASSERT_TRUE(dynamic_cast<EmbeddedAppender&>(**appender).seal_if_idle());
  ASSERT_TRUE(append_all(**appender, batches[2]));
  world.disk.sync_all();
  world.restart();
}

}  // namespace ostraka::log
