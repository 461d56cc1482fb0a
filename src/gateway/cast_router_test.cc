#include "gateway/cast_router.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <mutex>

#include "net/batch/io_thread.h"
#include "net/batch/server.h"
#include "net/rpc/transport.h"

namespace ostraka::gateway {
namespace {

using namespace std::chrono_literals;

// A ballot box as the gateway sees one: it says what it serves, and answers every vote the same, or keeps it.
class FakeBallotBox final : public v1::BallotBox::CallbackService {
 public:
  enum class Votes { counted, not_taken, kept };

  explicit FakeBallotBox(const std::string& address) : address_(address) {}
  ~FakeBallotBox() override { stop(); }

  void start() {
    auto server = rpc::Server::start(address_, {this});
    EXPECT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    auto streams = batch::Server::start(
        address_, {{std::string(rpc::k_cast_stream), [this](std::unique_ptr<batch::Call> call) { take(std::move(call)); }}});
    EXPECT_TRUE(streams) << streams.error().message;
    streams_ = std::move(*streams);
  }
  void stop() {
    const auto streams = std::move(streams_);
    if (server_) {
      server_->shut_down(10ms);
    }
    server_.reset();
    const std::lock_guard lock(mutex_);
    kept_.clear();
  }
  void serves(std::map<std::uint32_t, BallotBoxState::Held> held) {
    const std::lock_guard lock(mutex_);
    held_ = std::move(held);
  }
  void answers(Votes votes) {
    const std::lock_guard lock(mutex_);
    votes_ = votes;
  }
  int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest*,
                                     v1::DescribeReply* reply) override {
    reply->set_partitions(2);
    const std::lock_guard lock(mutex_);
    for (const auto& [partition, how] : held_) {
      auto& held = *reply->add_held();
      held.set_partition(partition);
      held.set_serves(how.serves);
      held.set_in_share(how.in_share);
      held.set_ready(how.ready);
    }
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  void take(std::unique_ptr<batch::Call> call) {
    std::vector<rpc::CastRequest> votes;
    ASSERT_TRUE(rpc::read_cast_requests(call->batch(), votes));
    const std::lock_guard lock(mutex_);
    asked_ += static_cast<int>(votes.size());
    if (votes_ == Votes::kept) {
      kept_.push_back(std::move(call));
      return;
    }
    for (std::size_t i = 0; i < votes.size(); ++i) {
      rpc::CastReply reply;
      reply.outcome = votes_ == Votes::counted ? v1::CAST_OUTCOME_COUNTED : v1::CAST_OUTCOME_NOT_TAKEN;
      rpc::append_cast_reply(reply, call->reply());
    }
    batch::Call::finish(std::move(call));
  }

  const std::string address_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<batch::Server> streams_;
  mutable std::mutex mutex_;  // guards the four below
  std::map<std::uint32_t, BallotBoxState::Held> held_;
  Votes votes_ = Votes::counted;
  int asked_ = 0;
  std::vector<std::unique_ptr<batch::Call>> kept_;
};

class CastRouterTest : public testing::Test {
 protected:
  static constexpr BallotBoxState::Held k_serves{true, true};
  static constexpr BallotBoxState::Held k_leaves{true, false};

  CastRouterTest() {
    std::string name = (std::filesystem::temp_directory_path() / "ostraka-router-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    for (int i = 0; i < 2; ++i) {
      addresses_.push_back("unix:" + directory_.string() + "/" + std::to_string(i) + ".sock");
      boxes_.push_back(std::make_unique<FakeBallotBox>(addresses_.back()));
      boxes_.back()->start();
    }
  }
  ~CastRouterTest() override {
    thread_.run([this] { router_.reset(); });
    watch_.reset();
    boxes_.clear();
    std::filesystem::remove_all(directory_);
  }
  void begin() {
    watch_.emplace(addresses_, 2);
    std::vector<batch::StreamsAddress> streams;
    for (const std::string& address : addresses_) {
      streams.push_back(*batch::streams_address(address));
    }
    thread_.run([&] { router_.emplace(thread_.io(), *watch_, streams, batch::ClientOptions{}); });
  }
  FakeBallotBox& box(int number) { return *boxes_[number]; }

  // The outcome; unspecified when there was none until the deadline.
  std::future<v1::CastOutcome> cast(std::uint32_t partition, std::chrono::milliseconds within = 20s) {
    auto outcome = std::make_shared<std::promise<v1::CastOutcome>>();
    thread_.run([&] {
      CastRouter::Done done = [outcome](rpc::CastReply* reply) {
        outcome->set_value(reply == nullptr ? v1::CAST_OUTCOME_UNSPECIFIED : reply->outcome);
      };
      EXPECT_TRUE(router_->submit({"song", "token", "{}"}, Partition{partition},
                                  std::chrono::steady_clock::now() + within, std::move(done)));
      router_->flush();
    });
    return outcome->get_future();
  }

  std::filesystem::path directory_;
  std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<FakeBallotBox>> boxes_;
  std::optional<BallotBoxWatch> watch_;
  std::optional<CastRouter> router_;  // the thread's
  batch::IoThread thread_;
};

TEST_F(CastRouterTest, AVoteGoesToWhoeverServesItsPartition) {
  box(0).serves({{0, k_serves}});
  box(1).serves({{1, k_serves}});
  begin();
  EXPECT_EQ(cast(0).get(), v1::CAST_OUTCOME_COUNTED);
  EXPECT_EQ(cast(1).get(), v1::CAST_OUTCOME_COUNTED);
  EXPECT_EQ(box(0).asked(), 1);
  EXPECT_EQ(box(1).asked(), 1);
  EXPECT_EQ(watch_->why_not_ready(), "");
}

TEST_F(CastRouterTest, AVoteWaitsForSomebodyToServeItsPartition) {
  box(0).serves({{0, k_serves}});
  begin();
  auto answer = cast(1);
  EXPECT_EQ(cast(0).get(), v1::CAST_OUTCOME_COUNTED);
  EXPECT_NE(watch_->why_not_ready(), "");
  box(1).serves({{1, k_serves}});
  EXPECT_EQ(answer.get(), v1::CAST_OUTCOME_COUNTED);
}

TEST_F(CastRouterTest, AVoteThatNobodyServesIsUnansweredAtItsDeadline) {
  begin();
  EXPECT_EQ(cast(0, 100ms).get(), v1::CAST_OUTCOME_UNSPECIFIED);
}

TEST_F(CastRouterTest, WhatOneDoesNotTakeIsSentToTheOther) {
  box(0).serves({{0, k_serves}});
  box(0).answers(FakeBallotBox::Votes::not_taken);
  begin();
  auto answer = cast(0);
  while (box(0).asked() == 0) {
    std::this_thread::yield();
  }
  box(1).serves({{0, k_serves}});
  box(0).serves({{0, k_leaves}});
  EXPECT_EQ(answer.get(), v1::CAST_OUTCOME_COUNTED);
  EXPECT_GT(router_->sent_again(), 0U);
}

TEST_F(CastRouterTest, WhatWasSentToOneThatIsLostIsSentToItsSuccessor) {
  box(0).serves({{0, k_serves}});
  box(0).answers(FakeBallotBox::Votes::kept);
  begin();
  auto answer = cast(0);
  while (box(0).asked() == 0) {
    std::this_thread::yield();
  }
  box(1).serves({{0, k_serves}});
  box(0).stop();
  EXPECT_EQ(answer.get(), v1::CAST_OUTCOME_COUNTED);
  EXPECT_EQ(box(1).asked(), 1);
}

TEST_F(CastRouterTest, WhatIsUnansweredAtTheEndGetsNothing) {
  box(0).serves({{0, k_serves}});
  box(0).answers(FakeBallotBox::Votes::kept);
  begin();
  auto kept = cast(0);
  auto waiting = cast(1);
  thread_.run([this] { router_.reset(); });
  EXPECT_EQ(kept.get(), v1::CAST_OUTCOME_UNSPECIFIED);
  EXPECT_EQ(waiting.get(), v1::CAST_OUTCOME_UNSPECIFIED);
}

}  // namespace
}  // namespace ostraka::gateway
