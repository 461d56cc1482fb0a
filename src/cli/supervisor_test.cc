#include "cli/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/file_lock.h"
#include "cli/stop_signals.h"
#include "cli/test_directory.h"

namespace ostraka::cli {
namespace {

using testing::HasSubstr;

constexpr auto k_patience = std::chrono::seconds(20);

// Services are shell scripts here: what is tested is what becomes of processes.
class Supervising : public testing::Test {
 protected:
  static void SetUpTestSuite() { block_supervisor_signals(); }

  void add(const std::string& name, const std::string& script, std::vector<std::string> after = {}) {
    services_.push_back({.name = name,
                         .arguments = {"/bin/sh", directory_.write(name + ".sh", script)},
                         .after = std::move(after),
                         .management_file = directory_ / (name + ".management")});
  }

  Supervisor& start(std::vector<std::string> stopping, Milliseconds stop_deadline = Milliseconds(10'000)) {
    lock_.emplace(std::move(*FileLock::try_take(directory_ / "lock").value()));
    supervisor_.emplace(Supervisor::Options{.services = services_,
                                            .stopping = std::move(stopping),
                                            .surroundings = {directory_.path(), lock_->descriptor()},
                                            .data_directory = directory_.path(),
                                            .pids_path = directory_ / "pids.json",
                                            .is_ready = [this](const ServiceSpec& service) {
                                              return content_of(service.management_file) == "ready\n";
                                            },
                                            .stop_deadline = stop_deadline},
                        system_clock(), metrics_);
    supervisor_->start_all();
    return *supervisor_;
  }

  int pid_of(const std::string& name) const {
    const auto pids = nlohmann::json::parse(content_of(directory_ / "pids.json"));
    return pids.value(name, 0);
  }

  // Tends until it is so; false when it takes too long.
  template <class Condition>
  bool tend_until(const Condition& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + k_patience;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      wait_for_stop_or_child(Milliseconds(20));
      supervisor_->tend();
    }
    return true;
  }
  bool has_log(const std::string& name, const std::string& text) const {
    return content_of(directory_ / (name + ".log")).find(text) != std::string::npos;
  }

  TestDirectory directory_;
  std::vector<ServiceSpec> services_;
  service::Metrics metrics_;
  std::optional<FileLock> lock_;
  std::optional<Supervisor> supervisor_;
};

TEST_F(Supervising, AKilledServiceIsStartedAgainAtOnceAndTheFileSaysSo) {
  add("tally", "echo here; exec sleep 600");
  start({"tally"});
  const int first = pid_of("tally");
  ASSERT_GT(first, 0);
  kill(first, SIGKILL);
  ASSERT_TRUE(tend_until([&] { return pid_of("tally") != first && pid_of("tally") != 0; }));
  EXPECT_THAT(metrics_.render(), HasSubstr("ostraka_service_restarts_total{service=\"tally\"} 1\n"));
  EXPECT_THAT(metrics_.render(), HasSubstr("ostraka_service_up{service=\"tally\"} 1\n"));
  EXPECT_FALSE(supervisor_->has_halted());
}

TEST_F(Supervising, AServiceThatKeepsDyingIsNotStartedInATightLoop) {
  add("tally", "exit 1");
  start({"tally"});
  ASSERT_TRUE(tend_until([&] { return supervisor_->next_due().value_or(Milliseconds(0)) > Milliseconds(0); }));
  EXPECT_GT(supervisor_->next_due().value(), Milliseconds(0));
}

TEST_F(Supervising, FailedStorageStaysDownWhileTheOthersRun) {
  add("ballotbox", "exit 86");
  add("tally", "exec sleep 600");
  start({"tally"});
  ASSERT_TRUE(tend_until([&] { return supervisor_->has_halted(); }));
  EXPECT_EQ(supervisor_->next_due(), std::nullopt);
  EXPECT_EQ(pid_of("ballotbox"), 0);
  EXPECT_GT(pid_of("tally"), 0);
  EXPECT_THAT(metrics_.render(), HasSubstr("ostraka_service_halted{service=\"ballotbox\"} 1\n"));
  EXPECT_THAT(metrics_.render(), HasSubstr("ostraka_service_restarts_total{service=\"ballotbox\"} 0\n"));
}

TEST_F(Supervising, ABinaryThatCannotBeRunStaysDown) {
  services_.push_back({.name = "tally", .arguments = {directory_ / "nothing-here"}});
  start({"tally"});
  ASSERT_TRUE(tend_until([&] { return supervisor_->has_halted(); }));
  EXPECT_TRUE(has_log("tally", "cannot be run"));
}

TEST_F(Supervising, AServiceStartsWhenThoseItComesAfterAreReady) {
  add("tally", "exec sleep 600", {"elections", "ballotbox"});
  add("elections", "echo ready > $(dirname $0)/elections.management; exec sleep 600");
  add("ballotbox", "while [ ! -e $(dirname $0)/recovered ]; do sleep 0.02; done; "
                   "echo ready > $(dirname $0)/ballotbox.management; exec sleep 600", {"elections"});
  start({"tally", "ballotbox", "elections"});
  ASSERT_TRUE(tend_until([&] { return pid_of("ballotbox") != 0; }));
  for (int i = 0; i < 10; ++i) {
    EXPECT_LE(supervisor_->next_due(), Milliseconds(100)) << "nobody would ask whether the ballot box is ready";
    int asked = 0;
    tend_until([&asked] { return ++asked == 2; });
    EXPECT_EQ(pid_of("tally"), 0) << "started before the log's writer was ready";
  }
  directory_.write("recovered", "");
  ASSERT_TRUE(tend_until([&] { return pid_of("tally") != 0; }));
  EXPECT_EQ(supervisor_->next_due(), std::nullopt);
}

TEST_F(Supervising, AServiceThatComesBackWaitsForNobody) {
  add("elections", "echo ready > $(dirname $0)/elections.management; exec sleep 600");
  add("ballotbox", "exec sleep 600", {"elections"});
  start({"ballotbox", "elections"});
  ASSERT_TRUE(tend_until([&] { return pid_of("ballotbox") != 0; }));
  directory_.write("elections.management", "not ready any more\n");
  const int first = pid_of("ballotbox");
  kill(first, SIGKILL);
  EXPECT_TRUE(tend_until([&] { return pid_of("ballotbox") != 0 && pid_of("ballotbox") != first; }));
}

TEST_F(Supervising, TheAddressOfAnEarlierProcessIsNotAsked) {
  directory_.write("elections.management", "ready\n");
  add("elections", "exec sleep 600");
  add("ballotbox", "exec sleep 600", {"elections"});
  start({"ballotbox", "elections"});
  for (int i = 0; i < 5; ++i) {
    supervisor_->tend();
  }
  EXPECT_EQ(pid_of("ballotbox"), 0);
}

TEST_F(Supervising, StoppingFollowsTheOrderAndWaitsForEach) {
  for (const char* name : {"identity", "gateway"}) {
    add(name, "trap 'echo " + std::string(name) + " >> " + (directory_ / "order") +
                  "; exit 0' TERM; echo up; while :; do sleep 0.05; done");
  }
  start({"gateway", "identity"});
  ASSERT_TRUE(tend_until([&] { return has_log("identity", "up") && has_log("gateway", "up"); }));
  supervisor_->stop_all();
  EXPECT_EQ(content_of(directory_ / "order"), "gateway\nidentity\n");
  EXPECT_EQ(content_of(directory_ / "pids.json"), "{}\n");
}

TEST_F(Supervising, AServiceThatDoesNotStopIsKilled) {
  add("tally", "trap '' TERM; echo up; while :; do sleep 0.05; done");
  start({"tally"}, Milliseconds(100));
  ASSERT_TRUE(tend_until([&] { return has_log("tally", "up"); }));
  const int pid = pid_of("tally");
  supervisor_->stop_all();
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST_F(Supervising, TheLockIsHeldUntilTheLastServiceIsGone) {
  add("tally", "exec sleep 600");
  start({"tally"});
  lock_.reset();  // as when the supervisor died
  EXPECT_FALSE(FileLock::try_take(directory_ / "lock").value().has_value());
  supervisor_->stop_all();
  EXPECT_TRUE(FileLock::try_take(directory_ / "lock").value().has_value());
}

TEST_F(Supervising, AServiceDoesNotInheritTheSupervisorsEnvironmentOrSignals) {
  setenv("OSTRAKA_CONFIG", "/somewhere", 1);
  add("tally", "echo config=$OSTRAKA_CONFIG; grep SigBlk /proc/self/status; echo done; exec sleep 600");
  start({"tally"});
  unsetenv("OSTRAKA_CONFIG");
  ASSERT_TRUE(tend_until([&] { return has_log("tally", "done"); }));
  EXPECT_TRUE(has_log("tally", "config=\n"));
  EXPECT_TRUE(has_log("tally", "SigBlk:\t0000000000000000"));
}

}  // namespace
}  // namespace ostraka::cli
