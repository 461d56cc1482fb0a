#include "cli/core/restart_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ostraka::cli {
namespace {

using testing::HasSubstr;

TEST(RestartPolicy, TheFirstRestartIsAtOnceThenThePausesGrowToABound) {
  RestartPauses pauses;
  EXPECT_EQ(pauses.next(Milliseconds(5)), Milliseconds(0));
  Milliseconds last = pauses.next(Milliseconds(5));
  EXPECT_EQ(last, RestartPauses::k_pause_min);
  for (int i = 0; i < 20; ++i) {
    const Milliseconds pause = pauses.next(Milliseconds(5));
    EXPECT_TRUE(pause > last || pause == RestartPauses::k_pause_max);
    last = pause;
  }
  EXPECT_EQ(last, RestartPauses::k_pause_max);
}

TEST(RestartPolicy, AServiceThatHeldOutIsRestartedAtOnceAgain) {
  RestartPauses pauses;
  for (int i = 0; i < 5; ++i) {
    pauses.next(Milliseconds(5));
  }
  EXPECT_EQ(pauses.next(RestartPauses::k_steady), Milliseconds(0));
}

TEST(RestartPolicy, KilledAndCrashedServicesAreRestarted) {
  EXPECT_EQ(judge({Ending::Kind::killed, 9}), Verdict::restart);
  EXPECT_EQ(judge({Ending::Kind::killed, 86}), Verdict::restart);
  EXPECT_EQ(judge({Ending::Kind::exited, 1}), Verdict::restart);
  EXPECT_EQ(judge({Ending::Kind::exited, 0}), Verdict::restart);
}

TEST(RestartPolicy, WhatAnOperatorMustSeeFirstStaysDown) {
  EXPECT_EQ(judge({Ending::Kind::exited, 86}), Verdict::storage_failed);
  EXPECT_EQ(judge({Ending::Kind::exited, 87}), Verdict::log_damaged);
  EXPECT_EQ(judge({Ending::Kind::exited, 2}), Verdict::cannot_start);
  EXPECT_EQ(judge({Ending::Kind::exited, 127}), Verdict::cannot_start);
}

TEST(RestartPolicy, TheAdviceSaysWhatIsSafeAndWhatToDo) {
  const std::string text = advice(Verdict::storage_failed, {"ballotbox", "/data"});
  EXPECT_THAT(text, HasSubstr("Every vote that was answered is safe"));
  EXPECT_THAT(text, HasSubstr("ostraka fsck --data /data"));
  EXPECT_THAT(text, HasSubstr("/data/logs/ballotbox.log"));
  EXPECT_THAT(advice(Verdict::log_damaged, {"tally", "/data"}), HasSubstr("ostraka fsck --data /data"));
}

TEST(RestartPolicy, EndingsReadAsWaitpidTellsThem) {
  EXPECT_EQ(describe(ending_of(86 << 8)), "ended with exit code 86");
  EXPECT_EQ(describe(ending_of(9)), "was killed by signal 9 (SIGKILL)");
}

}  // namespace
}  // namespace ostraka::cli
