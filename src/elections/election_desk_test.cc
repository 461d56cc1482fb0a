#include "elections/election_desk.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <functional>

#include "log/memory_log.h"

namespace ostraka::elections {
namespace {

constexpr const char* k_song = R"({"id":"song","title":"T","contests":[{"id":"c","title":"C","method":"single",
  "options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})";
constexpr const char* k_film = R"({"id":"film","title":"T","contests":[{"id":"c","title":"C","method":"single",
  "options":[{"id":"a","title":"A"}]}]})";

// A log in memory with two manners of one on the network: others write before an append, and appends time out, landed or
// not.
class NetworkLog final : public log::Log {
 public:
  enum class Next { works, lost, landed };

  std::function<void(log::Appender&)> before_append;  // once
  std::deque<Next> next_appends;
  std::vector<std::string> lost;  // what may land yet

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName& name) override {
    auto& shared = shared_[name.stream];
    if (!shared) {
      auto opened = inner_->open_appender(name);
      if (!opened) {
        return opened;
      }
      shared = std::move(*opened);
    }
    return std::make_unique<NetworkAppender>(*this, shared, name.stream == log::k_elections_stream);
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset from) override {
    return inner_->open_reader(name, from);
  }
  log::Appender& elections() { return *shared_.at(std::string(log::k_elections_stream)); }

 private:
  class NetworkAppender final : public log::Appender {
   public:
    NetworkAppender(NetworkLog& log, std::shared_ptr<log::Appender> inner, bool of_elections)
        : log_(log), inner_(std::move(inner)), of_elections_(of_elections) {}
    Result<Offset> append(std::span<const std::string_view> records) override {
      if (!of_elections_) {
        return inner_->append(records);
      }
      if (log_.before_append) {
        std::exchange(log_.before_append, {})(*inner_);
      }
      const Next next = log_.next_appends.empty() ? Next::works : log_.next_appends.front();
      if (!log_.next_appends.empty()) {
        log_.next_appends.pop_front();
      }
      if (next == Next::lost) {
        log_.lost.emplace_back(records.front());
        return fail(ErrorKind::unavailable, "timed out");
      }
      auto appended = inner_->append(records);
      return next == Next::works ? appended : fail(ErrorKind::unavailable, "timed out");
    }
    Offset end() const override { return inner_->end(); }

   private:
    NetworkLog& log_;
    std::shared_ptr<log::Appender> inner_;
    const bool of_elections_;
  };

  std::unique_ptr<log::Log> inner_ = log::make_memory_log();
  std::map<std::string, std::shared_ptr<log::Appender>> shared_;
};

class ElectionDeskTest : public testing::Test {
 protected:
  ElectionDeskTest() : first(open()), second(open()) {}

  std::unique_ptr<ElectionDesk> open() {
    auto desk = ElectionDesk::open(log, system_clock(), peers, 1);
    EXPECT_TRUE(desk) << desk.error().message;
    return std::move(*desk);
  }
  static void land(log::Appender& appender, const std::string& record) {
    const std::array<std::string_view, 1> records{record};
    ASSERT_TRUE(appender.append(records));
  }

  NetworkLog log;
  Peers peers{"unix:/nowhere/identity.sock", {"unix:/nowhere/ballotbox.sock"}, 1};  // nobody is asked: nothing opens
  std::unique_ptr<ElectionDesk> first;
  std::unique_ptr<ElectionDesk> second;
};

TEST_F(ElectionDeskTest, TwoDesksSeeWhatTheOtherDid) {
  EXPECT_EQ(first->create(k_song, "a").decision.outcome, Outcome::created);
  EXPECT_EQ(second->create(k_film, "b").decision.outcome, Outcome::created);
  EXPECT_EQ(first->update("film", R"({"title":"Film"})", "a").decision.outcome, Outcome::done);
  EXPECT_NE(second->create(k_song, "b").decision.outcome, Outcome::unavailable);
  EXPECT_EQ(second->catalogue().position(), Offset{3});
  EXPECT_EQ(second->catalogue().find("film")->definition.title, "Film");
}

TEST_F(ElectionDeskTest, WhenSomebodyElsesRecordComesFirstTheActIsDecidedAgain) {
  log.before_append = [this](log::Appender&) {
    EXPECT_EQ(second->create(k_film, "b").decision.outcome, Outcome::created);
  };
  const Answer answer = first->create(k_song, "a");
  EXPECT_EQ(answer.decision.outcome, Outcome::created);
  const election::Catalogue catalogue = first->catalogue();
  EXPECT_NE(catalogue.find("song"), nullptr);
  EXPECT_NE(catalogue.find("film"), nullptr);
  EXPECT_EQ(catalogue.without_effect(), 1U) << "the first attempt stands there, and is nothing";
  EXPECT_EQ(answer.elections_end, catalogue.position());
}

TEST_F(ElectionDeskTest, WhatTimedOutAndLandedIsFoundByWhoAsksAgain) {
  log.next_appends = {NetworkLog::Next::landed};
  EXPECT_EQ(first->create(k_song, "a").decision.outcome, Outcome::unavailable);
  EXPECT_TRUE(first->health());
  EXPECT_EQ(first->update("song", R"({"title":"Song"})", "a").decision.outcome, Outcome::done);
}

TEST_F(ElectionDeskTest, WhatTimedOutAndLandsBehindItsSuccessorIsNothing) {
  log.next_appends = {NetworkLog::Next::lost};
  EXPECT_EQ(first->create(k_song, "a").decision.outcome, Outcome::unavailable);
  EXPECT_EQ(first->create(k_song, "a").decision.outcome, Outcome::created);
  ASSERT_EQ(log.lost.size(), 1U);
  land(log.elections(), log.lost[0]);
  land(log.elections(), log.lost[0]);
  EXPECT_EQ(second->create(k_film, "b").decision.outcome, Outcome::created);
  EXPECT_EQ(second->catalogue().without_effect(), 2U);
  EXPECT_EQ(open()->catalogue().find("song")->revision, 1U) << "to one that starts afresh, too";
}

TEST_F(ElectionDeskTest, WhatTimedOutAndLandsFirstTakesEffectAndTheSecondAttemptIsNothing) {
  log.next_appends = {NetworkLog::Next::lost};
  EXPECT_EQ(first->create(k_song, "a").decision.outcome, Outcome::unavailable);
  log.before_append = [this](log::Appender& appender) { land(appender, log.lost[0]); };
  const Answer answer = first->create(k_song, "a");
  EXPECT_NE(answer.decision.outcome, Outcome::unavailable);
  EXPECT_EQ(first->catalogue().find("song")->revision, 1U);
  EXPECT_EQ(first->catalogue().without_effect(), 1U);
  EXPECT_TRUE(first->health());
}

}  // namespace
}  // namespace ostraka::elections
