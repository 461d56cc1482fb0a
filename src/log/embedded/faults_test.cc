// Every durable step of a log's life, failing in every way, and the process or the machine dying at each of them.
//
// The promise, in every case: what was answered is in the log that comes back, and the log that comes back is a prefix
// of what was appended, in order.
#include "log/embedded/test_world.h"

namespace ostraka::log {
namespace {

struct Life {
  std::vector<std::string> appended;  // handed to append(), in order
  std::size_t answered = 0;           // how many of them were said to be durable
};

// One batch; says whether it was answered. Retries what says that nothing was written.
void append_counted(TestWorld& world, Appender& appender, std::size_t records, std::size_t record_bytes, Life& life) {
  std::vector<std::string> batch;
  for (std::size_t i = 0; i < records; ++i) {
    batch.push_back(std::to_string(life.appended.size()) + std::string(record_bytes, 'x'));
    life.appended.push_back(batch.back());
  }
  Result<Offset> first = append_all(appender, batch);
  for (int retry = 0; retry < 3 && !first && first.error().kind == ErrorKind::disk_full; ++retry) {
    first = append_all(appender, batch);
  }
  if (!first) {
    throw FatalStorage{first.error().message};  // the owner gives up: an uncertain append is never followed by another
  }
  EXPECT_EQ(first->value, life.answered);
  life.answered += records;
  (void)world;
}

Result<std::unique_ptr<Appender>> open_retrying(TestWorld& world) {
  Result<std::unique_ptr<Appender>> appender = world.appender();
  for (int retry = 0; retry < 3 && !appender && appender.error().kind == ErrorKind::disk_full; ++retry) {
    appender = world.appender();
  }
  return appender;
}

// Opens, fills segments with preparation ahead and without, seals, closes, comes back, goes on.
void live(TestWorld& world, Life& life) {
  for (int round = 0; round < 2; ++round) {
    Result<std::unique_ptr<Appender>> appender = open_retrying(world);
    if (!appender) {
      ASSERT_NE(appender.error().kind, ErrorKind::damaged) << appender.error().message;
      throw FatalStorage{appender.error().message};
    }
    auto& embedded = dynamic_cast<EmbeddedAppender&>(**appender);
    for (int i = 0; i < 7; ++i) {
      append_counted(world, embedded, 1 + i % 3, i == 4 ? 6000 : 100, life);
      if (i % 4 == 3) {
        (void)embedded.prepare_next();
      }
      if (i == 2) {
        (void)embedded.seal_if_idle();
      }
    }
  }
}

void expect_kept(TestWorld& world, const Life& life, const std::string& context) {
  const std::vector<std::string> kept = read_all(*world.reader());
  ASSERT_GE(kept.size(), life.answered) << context;
  ASSERT_LE(kept.size(), life.appended.size()) << context;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    ASSERT_EQ(kept[i], life.appended[i]) << context;
  }
}

// A new owner comes, finds what was answered, goes on, and leaves a log without a fault.
void expect_goes_on(TestWorld& world, const Life& life, const std::string& context) {
  {
    auto appender = world.appender();
    ASSERT_TRUE(appender) << context << ": " << appender.error().message;
    expect_kept(world, life, context);
    const std::size_t before = read_all(*world.reader()).size();
    ASSERT_EQ(append_all(**appender, {"afterwards"}).value(), Offset{before}) << context;
    ASSERT_EQ(read_all(*world.reader()).back(), "afterwards") << context;
  }
  const Result<CheckReport> report = check_log(world.files(), world.directory);
  ASSERT_TRUE(report) << context;
  EXPECT_TRUE(report->findings.empty()) << context << ": " << report->findings[0].path << " "
                                        << report->findings[0].what;
}

// Runs until the end or until storage or the process dies; true when it died.
bool live_until_death(TestWorld& world, Life& life) {
  try {
    live(world, life);
  } catch (const io::SimulatedCrash&) {
    return true;
  } catch (const FatalStorage&) {
    return true;
  }
  return false;
}

std::uint64_t steps_of_a_life() {
  TestWorld world(1);
  Life life;
  world.disk.on_step({});
  live(world, life);
  return world.disk.steps();
}

bool is_sync(io::Step::Kind kind) {
  using Kind = io::Step::Kind;
  return kind == Kind::sync || kind == Kind::write_back || kind == Kind::sync_directory || kind == Kind::sync_words;
}

enum class Aftermath { process_dies, power_fails, cache_dropped };

void settle(TestWorld& world, Aftermath aftermath) {
  if (aftermath == Aftermath::power_fails) {
    world.lose_power();
    return;
  }
  world.restart();
  if (aftermath == Aftermath::cache_dropped) {
    world.disk.drop_caches();
  }
}

struct Case {
  const char* name;
  io::StepOutcome outcome;
  Aftermath aftermath;
};

class EveryStep : public testing::TestWithParam<Case> {};

TEST_P(EveryStep, KeepsWhatWasAnswered) {
  const Case& a_case = GetParam();
  const std::uint64_t steps = steps_of_a_life();
  ASSERT_GT(steps, 60U);
  for (std::uint64_t at = 0; at < steps; ++at) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      TestWorld world(seed * 1000 + at);
      Life life;
      std::string context;
      bool sync_failed = false;
      world.disk.on_step([&](const io::Step& step) {
        if (step.number != at) {
          return io::StepOutcome::proceed;
        }
        context = fmt::format("{} of {} (step {}, seed {})", to_string(step.kind), step.path, at, seed);
        sync_failed = is_sync(step.kind) && a_case.outcome != io::StepOutcome::crash &&
                      a_case.outcome != io::StepOutcome::disk_full;
        return a_case.outcome;
      });
      const bool died = live_until_death(world, life);
      if (sync_failed && !died) {
        // Only a seal in a destructor has nobody to tell: the process would have ended there.
        ASSERT_EQ(life.answered, life.appended.size()) << context;
      }
      world.disk.on_step({});
      settle(world, a_case.aftermath);
      expect_goes_on(world, life, context);
      if (HasFatalFailure()) {
        return;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, EveryStep,
    testing::Values(Case{"CrashThenTheMachineGoesOn", io::StepOutcome::crash, Aftermath::process_dies},
                    Case{"CrashThenPowerFails", io::StepOutcome::crash, Aftermath::power_fails},
                    Case{"FailedAndNotPersistedThenTheMachineGoesOn", io::StepOutcome::fail, Aftermath::process_dies},
                    Case{"FailedAndNotPersistedThenTheCacheIsDropped", io::StepOutcome::fail, Aftermath::cache_dropped},
                    Case{"FailedAndNotPersistedThenPowerFails", io::StepOutcome::fail, Aftermath::power_fails},
                    Case{"FailedButPersistedThenTheMachineGoesOn", io::StepOutcome::fail_but_done,
                         Aftermath::process_dies},
                    Case{"FailedButPersistedThenPowerFails", io::StepOutcome::fail_but_done, Aftermath::power_fails},
                    Case{"DiskFullThenTheMachineGoesOn", io::StepOutcome::disk_full, Aftermath::process_dies},
                    Case{"DiskFullThenPowerFails", io::StepOutcome::disk_full, Aftermath::power_fails}),
    [](const auto& one) { return one.param.name; });

// Dies somewhere, and then again at every step of the recovery, and in the recovery of that.
TEST(Recovery, CanBeKilledAtEveryStep) {
  const std::uint64_t steps = steps_of_a_life();
  for (std::uint64_t at = 0; at < steps; at += 3) {
    for (std::uint64_t again_at = 0;; ++again_at) {
      TestWorld world(at * 100 + again_at);
      Life life;
      world.disk.on_step(
          [&](const io::Step& step) { return step.number == at ? io::StepOutcome::crash : io::StepOutcome::proceed; });
      (void)live_until_death(world, life);  // one in the last seal of all goes unnoticed
      bool recovered = false;
      for (int attempt = 0; attempt < 3 && !recovered; ++attempt) {
        settle(world, (at + again_at + attempt) % 2 == 0 ? Aftermath::process_dies : Aftermath::power_fails);
        world.disk.on_step([&](const io::Step& step) {
          return step.number == again_at ? io::StepOutcome::crash : io::StepOutcome::proceed;
        });
        try {
          auto appender = world.appender();
          ASSERT_TRUE(appender) << appender.error().message;
          recovered = world.disk.steps() <= again_at;
          world.restart();
        } catch (const io::SimulatedCrash&) {
        }
      }
      world.disk.on_step({});
      settle(world, Aftermath::power_fails);
      expect_goes_on(world, life, fmt::format("step {}, then {}", at, again_at));
      if (HasFatalFailure()) {
        return;
      }
      if (recovered) {
        break;  // a recovery has no more steps than this
      }
    }
  }
}

// The checkers bite: on a disk whose syncs do nothing, losing power loses what was answered, and that is noticed.
TEST(LyingDisk, IsCaught) {
  int caught = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    TestWorld world(seed);
    Life life;
    world.disk.on_step(
        [](const io::Step& step) { return is_sync(step.kind) ? io::StepOutcome::lie : io::StepOutcome::proceed; });
    ASSERT_FALSE(live_until_death(world, life));
    world.disk.on_step({});
    world.lose_power();
    const auto appender = world.appender();
    caught += !appender || (*appender)->end().value < life.answered ? 1 : 0;
  }
  EXPECT_EQ(caught, 20);
}

TEST(FailedSync, PoisonsTheAppenderAlsoWhenTheHandlerComesBack) {
  for (const io::StepOutcome outcome : {io::StepOutcome::fail, io::StepOutcome::fail_but_done}) {
    TestWorld world(5);
    int fatal_calls = 0;
    world.options.fatal = [&](const std::string&) { ++fatal_calls; };
    auto appender = world.appender();
    ASSERT_TRUE(append_all(**appender, {"good"}));
    world.disk.on_step(
        [&](const io::Step& step) { return step.kind == io::Step::Kind::sync ? outcome : io::StepOutcome::proceed; });
    EXPECT_EQ(append_all(**appender, {"lost"}).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(fatal_calls, 1);
    std::uint64_t steps_behind = 0;
    world.disk.on_step([&](const io::Step&) {
      ++steps_behind;
      return io::StepOutcome::proceed;
    });
    EXPECT_EQ(append_all(**appender, {"more"}).error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(dynamic_cast<EmbeddedAppender&>(**appender).seal_if_idle());
    EXPECT_EQ((*appender)->end(), Offset{1});
    appender->reset();
    EXPECT_EQ(steps_behind, 0U) << "nothing touches the disk behind a failed sync";
    EXPECT_EQ(fatal_calls, 1);
    EXPECT_EQ(read_all(*world.reader()), std::vector<std::string>{"good"});
  }
}

TEST(FailedSync, WhatThePageCacheStillClaimsIsNotBelieved) {
  TestWorld world(6);
  auto appender = world.appender();
  ASSERT_TRUE(append_all(**appender, {"good"}));
  world.disk.on_step([](const io::Step& step) {
    return step.kind == io::Step::Kind::sync ? io::StepOutcome::fail : io::StepOutcome::proceed;
  });
  EXPECT_THROW((void)append_all(**appender, {"lost"}), FatalStorage);
  world.disk.on_step({});
  world.restart();
  // The process is back, the machine was never gone: the cache shows the lost batch, the medium does not have it.
  appender = world.appender();
  ASSERT_TRUE(appender) << appender.error().message;
  EXPECT_EQ((*appender)->end(), Offset{1});
  ASSERT_TRUE(append_all(**appender, {"next"}));
  world.lose_power();
  EXPECT_EQ(world.appender().value()->end(), Offset{2});
  EXPECT_EQ(read_all(*world.reader()), (std::vector<std::string>{"good", "next"}));
}

}  // namespace
}  // namespace ostraka::log
