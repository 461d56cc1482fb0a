#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "identity/issuing/issuance_writer.h"
#include "identity/issuing/log_pacing.h"
#include "identity/issuing/signing_keys.h"
#include "identity/issuing/worker_pool.h"
#include "keys/token_keyring.h"

namespace ostraka::identity {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const WallTime k_now = from_rfc3339("2026-01-01T00:00:00Z").value();

class ManualClock final : public Clock {
 public:
  WallTime wall_now() const override { return k_now + Milliseconds(passed_ms.load()); }
  MonotonicTime monotonic_now() const override { return MonotonicTime(Milliseconds(passed_ms.load())); }
  void pass(Milliseconds time) { passed_ms += time.count(); }
  std::atomic<std::int64_t> passed_ms{0};
};

// What the fake partition has seen; shared with the test's thread.
struct Partition_ {
  std::mutex mutex;
  std::condition_variable changed;
  bool gate_open = true;
  std::vector<std::string> records;
  std::vector<std::size_t> appends;
  std::optional<Error> failure;
};

class FakeAppender final : public log::Appender {
 public:
  explicit FakeAppender(Partition_& partition) : partition_(partition) {}
  Result<Offset> append(std::span<const std::string_view> records) override {
    std::unique_lock lock(partition_.mutex);
    partition_.appends.push_back(records.size());
    partition_.changed.notify_all();
    partition_.changed.wait(lock, [this] { return partition_.gate_open; });
    if (partition_.failure) {
      return tl::make_unexpected(*partition_.failure);
    }
    partition_.records.insert(partition_.records.end(), records.begin(), records.end());
    return Offset{partition_.records.size() - records.size()};
  }
  Offset end() const override { return Offset{partition_.records.size()}; }

 private:
  Partition_& partition_;
};

class IssuingTest : public testing::Test {
 protected:
  static Grant grant(const std::string& record, std::function<void(const std::string*)> done) {
    token::BallotToken token;
    token.election = "song";
    token.issued_at = k_now;
    token.expires_at = k_now + seconds(300);
    return {record, token, std::move(done)};
  }
  std::unique_ptr<IssuanceWriter> writer(IssuanceWriterHooks hooks = {[](auto, auto) {}, [](const Error&) {}}) {
    return std::make_unique<IssuanceWriter>(std::make_unique<FakeAppender>(partition_), *signing_, clock_, hooks);
  }
  void set_gate(bool open) {
    const std::lock_guard lock(partition_.mutex);
    partition_.gate_open = open;
    partition_.changed.notify_all();
  }
  void wait_for_appends(std::size_t count) {
    std::unique_lock lock(partition_.mutex);
    ASSERT_TRUE(partition_.changed.wait_for(lock, seconds(60), [&] { return partition_.appends.size() >= count; }));
  }

  ManualClock clock_;
  keys::KeyFilesInMemory files_;
  keys::KeyStore store_{files_, std::string(32, 'm'), system_random()};
  std::unique_ptr<SigningKeys> signing_ = SigningKeys::start(store_, clock_, {}).value();
  Partition_ partition_;
};

TEST_F(IssuingTest, ATokenIsOutOnlyAfterItsRecordIsDurable) {
  std::promise<std::string> compact;
  auto answer = compact.get_future();
  const auto writer = this->writer();
  set_gate(false);
  ASSERT_TRUE(writer->submit(grant("r", [&](const std::string* token) { compact.set_value(*token); })));
  wait_for_appends(1);
  EXPECT_EQ(answer.wait_for(seconds(0)), std::future_status::timeout);
  set_gate(true);
  token::BallotTokenVerifier verifier({*signing_->current()});
  EXPECT_EQ(verifier.verify(answer.get(), k_now).verdict, token::TokenVerdict::valid);
  EXPECT_EQ(partition_.records, std::vector<std::string>{"r"});
}

TEST_F(IssuingTest, WhatWaitsDuringAnAppendGoesIntoTheNextOneTogether) {
  std::atomic<int> answered{0};
  auto writer = this->writer();
  set_gate(false);
  ASSERT_TRUE(writer->submit(grant("first", [&](const std::string*) { ++answered; })));
  wait_for_appends(1);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(writer->submit(grant(std::to_string(i), [&](const std::string*) { ++answered; })));
  }
  EXPECT_EQ(writer->queued(), 1000U);
  set_gate(true);
  writer.reset();
  EXPECT_EQ(answered, 1001);
  EXPECT_EQ(partition_.appends, (std::vector<std::size_t>{1, 1000}));
  EXPECT_EQ(partition_.records.size(), 1001U);
}

TEST_F(IssuingTest, AGroupCommitIsBoundedAndSoIsTheQueue) {
  std::atomic<std::size_t> answered{0};
  auto writer = this->writer();
  set_gate(false);
  ASSERT_TRUE(writer->submit(grant("first", [&](const std::string*) { ++answered; })));
  wait_for_appends(1);
  for (std::size_t i = 0; i < k_queued_grants_max; ++i) {
    ASSERT_TRUE(writer->submit(grant("r", [&](const std::string*) { ++answered; })));
  }
  EXPECT_FALSE(writer->submit(grant("one too many", [&](const std::string*) { ++answered; })));
  set_gate(true);
  writer.reset();
  EXPECT_EQ(answered, k_queued_grants_max + 1);
  for (const std::size_t size : partition_.appends) {
    EXPECT_LE(size, k_group_commit_grants_max);
  }
}

TEST_F(IssuingTest, AnAppendThatFailsGivesNoTokenAndTheNextOneIsTriedAgain) {
  std::atomic<int> failures{0};
  partition_.failure = Error{ErrorKind::disk_full, "full"};
  const auto writer = this->writer({[](auto, auto) {}, [&](const Error&) { ++failures; }});
  std::promise<bool> first;
  ASSERT_TRUE(writer->submit(grant("a", [&](const std::string* token) { first.set_value(token != nullptr); })));
  EXPECT_FALSE(first.get_future().get());
  EXPECT_EQ(failures, 1);
  EXPECT_TRUE(writer->failing());
  {
    const std::lock_guard lock(partition_.mutex);
    partition_.failure.reset();
  }
  std::promise<bool> second;
  ASSERT_TRUE(writer->submit(grant("b", [&](const std::string* token) { second.set_value(token != nullptr); })));
  EXPECT_TRUE(second.get_future().get());
  EXPECT_FALSE(writer->failing());
}

TEST(LogPacing, OneLineAnIntervalSaysHowManyWereHeldBack) {
  ManualClock clock;
  PacedLine line(clock, seconds(5));
  EXPECT_EQ(line.due(), std::optional<std::uint64_t>(0)) << "the first one is logged, whatever the clock shows";
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(line.due());
  }
  clock.pass(Milliseconds(4'999));
  EXPECT_FALSE(line.due());
  clock.pass(Milliseconds(1));
  EXPECT_EQ(line.due(), std::optional<std::uint64_t>(4));
  EXPECT_FALSE(line.due());
  clock.pass(seconds(60));
  EXPECT_EQ(line.due(), std::optional<std::uint64_t>(1));
}

TEST(LogPacing, AMessageIsHeldBackByItselfAndNotByAnother) {
  ManualClock clock;
  PacedMessages messages(clock, seconds(10));
  EXPECT_TRUE(messages.due("a"));
  EXPECT_TRUE(messages.due("b"));
  clock.pass(Milliseconds(9'999));
  EXPECT_FALSE(messages.due("a"));
  EXPECT_FALSE(messages.due("b"));
  EXPECT_TRUE(messages.due("c"));
  clock.pass(Milliseconds(1));
  EXPECT_TRUE(messages.due("a"));
  EXPECT_FALSE(messages.due("a"));
  EXPECT_FALSE(messages.due("c"));
}

TEST(LogPacing, WhatIsRememberedIsBounded) {
  ManualClock clock;
  PacedMessages messages(clock, seconds(10));
  for (std::size_t i = 0; i < k_paced_messages_max; ++i) {
    ASSERT_TRUE(messages.due(std::to_string(i)));
  }
  EXPECT_FALSE(messages.due("one too many"));
  clock.pass(seconds(10));
  EXPECT_TRUE(messages.due("one too many"));
}

TEST_F(IssuingTest, ARotatedKeySignsOnlyAfterTheActivationDelay) {
  const std::string first = signing_->current()->id;
  ASSERT_TRUE(signing_->rotate());
  EXPECT_EQ(signing_->current()->id, first);
  clock_.pass(keys::k_activation_delay - Milliseconds(1));
  EXPECT_EQ(signing_->current()->id, first);
  clock_.pass(Milliseconds(1));
  EXPECT_NE(signing_->current()->id, first);
}

TEST_F(IssuingTest, KeysRotateByThemselvesAndDeadOnesAreRemoved) {
  const std::string first = signing_->current()->id;
  ASSERT_TRUE(signing_->tend());
  EXPECT_EQ(store_.token_keys().value().size(), 1U);
  clock_.pass(hours(24));
  ASSERT_TRUE(signing_->tend());
  ASSERT_TRUE(signing_->tend()) << "the new key is younger than the interval";
  EXPECT_EQ(store_.token_keys().value().size(), 2U);
  clock_.pass(hours(23));
  ASSERT_TRUE(signing_->tend());
  EXPECT_EQ(store_.token_keys().value().size(), 2U);
  clock_.pass(hours(2));
  ASSERT_TRUE(signing_->tend());
  const std::vector<keys::StoredTokenKey> left = store_.token_keys().value();
  for (const keys::StoredTokenKey& key : left) {
    EXPECT_NE(key.key.id, first);
  }
}

TEST_F(IssuingTest, AnotherInstancesKeyIsUsedAndAClockSetBackStillSigns) {
  const auto other = SigningKeys::start(store_, clock_, {}).value();
  EXPECT_EQ(other->current()->id, signing_->current()->id);
  ASSERT_TRUE(other->rotate());
  clock_.pass(keys::k_activation_delay);
  ASSERT_TRUE(signing_->tend());
  EXPECT_EQ(signing_->current()->id, other->current()->id);
  clock_.pass(-hours(10));
  EXPECT_NE(signing_->current(), nullptr);
  const auto keyring = keys::TokenKeyring::start(store_, clock_).value();
  token::BallotTokenVerifier verifier(keyring->now()->keys);
  token::BallotToken token;
  token.election = "song";
  token.issued_at = clock_.wall_now();
  token.expires_at = clock_.wall_now() + seconds(60);
  const std::string compact = token::BallotTokenSigner(*signing_->current()).sign(token);
  EXPECT_EQ(verifier.verify(compact, clock_.wall_now()).verdict, token::TokenVerdict::valid);
}

TEST_F(IssuingTest, KeysThatVanishAreAnErrorAndTheOldOnesStay) {
  files_.files.clear();
  EXPECT_FALSE(signing_->tend());
  EXPECT_NE(signing_->current(), nullptr);
}

TEST(WorkerPoolTest, EveryJobRunsAndTheQueueIsBounded) {
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  std::promise<void> started;
  std::atomic<std::size_t> ran{0};
  {
    WorkerPool pool(1);
    ASSERT_TRUE(pool.submit([&] {
      started.set_value();
      open.wait();
      ++ran;
    }));
    started.get_future().wait();
    for (std::size_t i = 0; i < k_queued_jobs_max; ++i) {
      ASSERT_TRUE(pool.submit([&] { ++ran; }));
    }
    EXPECT_FALSE(pool.submit([&] { ++ran; }));
    gate.set_value();
  }
  EXPECT_EQ(ran, k_queued_jobs_max + 1);
}

}  // namespace
}  // namespace ostraka::identity
