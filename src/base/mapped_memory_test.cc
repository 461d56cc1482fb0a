#include "base/mapped_memory.h"

#include <gtest/gtest.h>

namespace ostraka {
namespace {

std::uint8_t expected(std::size_t at) { return static_cast<std::uint8_t>(at * 31 >> 7); }

// Sizes at which the last large page is used by less than half, by more, and not at all; the last ones are beyond what
// is reserved at first.
TEST(MappedMemory, KeepsWhatIsThereWhileItGrows) {
  constexpr std::size_t k_mebibyte = 1 << 20;
  for (const std::size_t first : {k_mebibyte / 2, 2 * k_mebibyte, 5 * k_mebibyte / 2, 3 * k_mebibyte}) {
    MappedMemory memory;
    std::size_t written = 0;
    for (const std::size_t bytes : {first, first + 700'000, 10 * k_mebibyte, 66 * k_mebibyte, 140 * k_mebibyte}) {
      memory.grow_to(bytes);
      ASSERT_EQ(memory.size(), bytes);
      for (std::size_t at = 0; at < written; at += 509) {
        ASSERT_EQ(memory.data()[at], expected(at)) << first << " to " << bytes << " at " << at;
      }
      for (std::size_t at = written / 509 * 509; at < bytes; at += 509) {
        if (at >= written) {
          ASSERT_EQ(memory.data()[at], 0);
        }
        memory.data()[at] = expected(at);
      }
      written = bytes;
    }
  }
}

}  // namespace
}  // namespace ostraka
