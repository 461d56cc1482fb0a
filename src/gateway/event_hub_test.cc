#include "gateway/event_hub.h"

#include <gtest/gtest.h>

namespace ostraka::gateway {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A watcher's end that keeps what it is sent, and takes it or not.
class FakeStream final : public http::EventStream {
 public:
  void send(std::shared_ptr<const std::string> bytes) override {
    const std::lock_guard lock(mutex_);
    received_.push_back(*bytes);
    times_.push_back(Clock::now());
    waiting_ += takes_ ? 0 : bytes->size();
  }
  void close() override { open_ = false; }
  bool is_open() const override { return open_; }
  std::size_t waiting_bytes() const override {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

  void take(bool takes) {
    const std::lock_guard lock(mutex_);
    takes_ = takes;
    waiting_ = takes ? 0 : waiting_;
  }
  std::vector<std::string> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::vector<Clock::time_point> times() const {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  bool has_last(const std::string& json) const {
    const auto all = received();
    return !all.empty() && all.back() == EventHub::event_of({json, ""});
  }

 private:
  mutable std::mutex mutex_;  // guards everything up to the next blank line
  std::vector<std::string> received_;
  std::vector<Clock::time_point> times_;
  std::size_t waiting_ = 0;
  bool takes_ = true;

  std::atomic<bool> open_{true};
};

template <class Condition>
bool soon(Condition condition) {
  const auto deadline = Clock::now() + 20s;
  while (!condition()) {
    if (Clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

class EventHubTest : public testing::Test {
 protected:
  void publish(const std::string& json) { document_ = std::make_shared<const ResultDocument>(ResultDocument{json, ""}); }
  void hide() { document_ = std::shared_ptr<const ResultDocument>(); }
  std::shared_ptr<FakeStream> watch() {
    auto stream = std::make_shared<FakeStream>();
    hub_.watch("e", stream);
    return stream;
  }

  std::atomic<std::shared_ptr<const ResultDocument>> document_{
      std::make_shared<const ResultDocument>(ResultDocument{"0", ""})};
  EventHub hub_{[this](const std::string&) { return document_.load(); }};
};

TEST_F(EventHubTest, WhoeverBeginsGetsADocumentAtOnceAndThenEachChange) {
  const auto stream = watch();
  EXPECT_TRUE(soon([&] { return stream->has_last("0"); }));
  publish("1");
  EXPECT_TRUE(soon([&] { return stream->has_last("1"); }));
  EXPECT_EQ(stream->received().size(), 2u);
}

TEST_F(EventHubTest, ASlowWatcherIsDroppedToTheLatestDocument) {
  const auto slow = watch();
  const auto quick = watch();
  EXPECT_TRUE(soon([&] { return slow->has_last("0") && quick->has_last("0"); }));
  slow->take(false);
  for (const char* json : {"1", "2", "3", "4"}) {
    publish(json);
    EXPECT_TRUE(soon([&] { return quick->has_last(json); }));
  }
  // The first document that it did not take, and nothing behind it.
  EXPECT_TRUE(slow->has_last("1"));
  EXPECT_EQ(slow->received().size(), 2u);
  EXPECT_GT(hub_.counters().documents_skipped, 0u);
  slow->take(true);
  EXPECT_TRUE(soon([&] { return slow->has_last("4"); }));
  EXPECT_EQ(slow->received().size(), 3u);
}

TEST_F(EventHubTest, AChangeReachesManyInPortionsAndEachAtMostFourTimesASecond) {
  std::vector<std::shared_ptr<FakeStream>> streams(5'000);
  for (auto& stream : streams) {
    stream = watch();
  }
  const auto all_have = [&](const std::string& json) {
    return std::all_of(streams.begin(), streams.end(), [&](const auto& stream) { return stream->has_last(json); });
  };
  EXPECT_TRUE(soon([&] { return all_have("0"); }));
  for (const char* json : {"1", "2", "3"}) {
    publish(json);
    EXPECT_TRUE(soon([&] { return all_have(json); }));
  }
  Clock::time_point first = Clock::time_point::max();
  Clock::time_point last = Clock::time_point::min();
  for (const auto& stream : streams) {
    const auto times = stream->times();
    ASSERT_EQ(times.size(), 4u);
    first = std::min(first, times[3]);
    last = std::max(last, times[3]);
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_GT(times[i] - times[i - 1], 200ms);  // 250 by the hub's clock, which is read once a portion
    }
  }
  EXPECT_GT(last - first, 150ms) << "a burst";
}

TEST_F(EventHubTest, StreamsEndWhenNobodyMaySeeTheDocument) {
  const auto stream = watch();
  EXPECT_TRUE(soon([&] { return stream->has_last("0"); }));
  hide();
  EXPECT_TRUE(soon([&] { return !stream->is_open() && hub_.watchers() == 0; }));
}

TEST_F(EventHubTest, WhoHasGoneIsForgotten) {
  const auto gone = watch();
  const auto staying = watch();
  EXPECT_TRUE(soon([&] { return gone->has_last("0") && staying->has_last("0"); }));
  gone->close();
  EXPECT_TRUE(soon([&] { return hub_.watchers() == 1; }));
  publish("1");
  EXPECT_TRUE(soon([&] { return staying->has_last("1"); }));
  EXPECT_TRUE(gone->has_last("0"));
}

}  // namespace
}  // namespace ostraka::gateway
