#include "cli/core/backoff.h"

#include <gtest/gtest.h>

namespace ostraka::cli {
namespace {

TEST(Backoff, DoublesUpToTheLongest) {
  Backoff backoff({Milliseconds(100), Milliseconds(350)});
  EXPECT_EQ(backoff.next(0), Milliseconds(50));
  EXPECT_EQ(backoff.next(0.5), Milliseconds(150));
  EXPECT_EQ(backoff.next(0), Milliseconds(175));
  EXPECT_EQ(backoff.next(0), Milliseconds(175));
  backoff.reset();
  EXPECT_EQ(backoff.next(0), Milliseconds(50));
}

}  // namespace
}  // namespace ostraka::cli
