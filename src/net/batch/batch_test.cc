#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "base/bytes.h"
#include "net/batch/client.h"
#include "net/batch/io_thread.h"
#include "net/batch/server.h"

namespace ostraka::batch {
namespace {

using namespace std::chrono_literals;

// A batch of words, each behind its length: the least that a stream can carry.
struct WordTraits {
  static constexpr std::string_view k_stream = "words";
  using Request = std::string_view;
  using Replies = std::vector<std::string>;
  using Reply = std::string;
  static void append(std::string_view word, std::string& batch) {
    append_varint(batch, word.size());
    batch += word;
  }
  static bool parse(std::string_view batch, Replies& words) {
    words.clear();
    while (!batch.empty()) {
      const auto bytes = take_varint(batch);
      if (!bytes || *bytes > batch.size()) {
        return false;
      }
      words.emplace_back(batch.substr(0, *bytes));
      batch.remove_prefix(*bytes);
    }
    return true;
  }
  static std::size_t count(const Replies& words) { return words.size(); }
  static std::string* reply(Replies& words, std::size_t index) { return &words[index]; }
};

using Words = Client<WordTraits>;

// Answers every batch with itself, but for what a test wants done to the first one.
class Echo {
 public:
  enum class First { answer, drop, answer_less, answer_garbage, answer_too_much, keep };

  explicit Echo(const std::string& address, First first = First::answer) : first_(first) {
    std::map<std::string, Handler, std::less<>> streams;
    streams.emplace("words", [this](std::unique_ptr<Call> call) { serve(std::move(call)); });
    auto server = Server::start(address, std::move(streams));
    EXPECT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  Server& server() { return *server_; }
  int batches() const { return batches_; }
  std::unique_ptr<Call> take_kept() { return kept_.get_future().get(); }

 private:
  void serve(std::unique_ptr<Call> call) {
    ++batches_;
    switch (std::exchange(first_, First::answer)) {
      case First::answer:
        call->reply() += call->batch();
        return Call::finish(std::move(call));
      case First::drop:
        return;
      case First::answer_less:
        return Call::finish(std::move(call));
      case First::answer_garbage:
        call->reply() += "\x7f";
        return Call::finish(std::move(call));
      case First::answer_too_much:
        call->reply().append(k_frame_body_bytes_max + 1, 'a');
        return Call::finish(std::move(call));
      case First::keep:
        return kept_.set_value(std::move(call));
    }
  }

  First first_;  // the server's thread's own
  std::atomic<int> batches_{0};
  std::promise<std::unique_ptr<Call>> kept_;
  std::unique_ptr<Server> server_;
};

// A client on a thread of its own.
class Caller {
 public:
  explicit Caller(const std::string& address, ClientOptions options = {}) {
    thread_.run([&] { client_.emplace(thread_.io(), streams_address(address).value(), options); });
  }
  ~Caller() {
    thread_.run([this] { client_.reset(); });
  }

  std::future<std::string> ask(std::string word, std::chrono::milliseconds deadline = 20s) {
    return std::move(ask_in_a_row({std::move(word)}, deadline).front());
  }
  std::vector<std::future<std::string>> ask_in_a_row(const std::vector<std::string>& words,
                                                     std::chrono::milliseconds deadline = 20s) {
    return thread_.run([&] {
      std::vector<std::future<std::string>> answers;
      for (const std::string& word : words) {
        auto promise = std::make_shared<std::promise<std::string>>();
        answers.push_back(promise->get_future());
        Words::Done done([promise](std::string* reply) { promise->set_value(reply ? *reply : "no answer"); });
        if (!client_->submit(word, std::chrono::steady_clock::now() + deadline, std::move(done))) {
          done(nullptr);
          ++refused_;
        }
      }
      return answers;
    });
  }
  void flush() {
    thread_.run([this] { client_->flush(); });
  }
  ClientCounters counters() { return client_->counters(); }
  int refused() const { return refused_; }

 private:
  std::optional<Words> client_;
  int refused_ = 0;
  IoThread thread_;
};

std::vector<std::string> numbers(int count) {
  std::vector<std::string> words;
  for (int i = 0; i < count; ++i) {
    words.push_back(std::to_string(i));
  }
  return words;
}

class BatchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string directory = (std::filesystem::temp_directory_path() / "ostraka-batch-XXXXXX").string();
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    address_ = "unix:" + directory + "/s.sock";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::string address_;
};

TEST_F(BatchTest, EveryRequestGetsItsOwnReplyAndManyShareABatch) {
  Echo echo(address_);
  Caller caller(address_);
  const std::vector<std::string> words = numbers(5'000);
  auto answers = caller.ask_in_a_row(words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    ASSERT_EQ(answers[i].get(), words[i]);
  }
  EXPECT_LT(echo.batches(), 2'500);
  EXPECT_EQ(caller.counters().pending, 0U);
  EXPECT_EQ(caller.counters().streams_opened, 1U);
}

TEST_F(BatchTest, RequestsWaitForAServerThatComesLater) {
  Caller caller(address_);
  auto answer = caller.ask("early");
  Echo echo(address_);
  EXPECT_EQ(answer.get(), "early");
}

TEST_F(BatchTest, WithoutAServerTheDeadlineAnswersUnknown) {
  Caller caller(address_);
  EXPECT_EQ(caller.ask("nobody", 100ms).get(), "no answer");
  EXPECT_EQ(caller.counters().pending, 0U);
  EXPECT_EQ(caller.counters().expired, 1U);
}

TEST_F(BatchTest, ABrokenStreamSendsTheUnansweredAgain) {
  Echo echo(address_, Echo::First::drop);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("again").get(), "again");
  EXPECT_GE(caller.counters().streams_opened, 2U);
}

TEST_F(BatchTest, WhatAServerLeavesUnansweredIsUnknown) {
  Echo echo(address_, Echo::First::answer_less);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("one").get(), "no answer");
  EXPECT_EQ(caller.ask("two").get(), "two");
}

TEST_F(BatchTest, AReplyThatCannotBeReadBreaksTheStream) {
  Echo echo(address_, Echo::First::answer_garbage);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("one").get(), "one");
  EXPECT_GE(caller.counters().streams_opened, 2U);
}

TEST_F(BatchTest, AReplyThatNoFrameMayCarryBreaksTheStream) {
  Echo echo(address_, Echo::First::answer_too_much);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("one").get(), "one");
  EXPECT_GE(caller.counters().streams_opened, 2U);
}

// Keeps what it is asked until it is told to answer all of it; from then on it answers at once.
class Keeper {
 public:
  explicit Keeper(const std::string& address) {
    std::map<std::string, Handler, std::less<>> streams;
    streams.emplace("words", [this](std::unique_ptr<Call> call) { take(std::move(call)); });
    server_ = Server::start(address, std::move(streams)).value();
  }
  std::size_t wait_for(std::size_t kept) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return kept_.size() >= kept; });
    return kept_.size();
  }
  void answer_all() {
    std::vector<std::unique_ptr<Call>> calls;
    {
      const std::lock_guard lock(mutex_);
      calls.swap(kept_);
      answers_at_once_ = true;
    }
    for (auto& call : calls) {
      answer(std::move(call));
    }
  }

 private:
  static void answer(std::unique_ptr<Call> call) {
    call->reply() += call->batch();
    Call::finish(std::move(call));
  }
  void take(std::unique_ptr<Call> call) {
    std::unique_lock lock(mutex_);
    if (answers_at_once_) {
      lock.unlock();
      return answer(std::move(call));
    }
    kept_.push_back(std::move(call));
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards the next three
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Call>> kept_;
  bool answers_at_once_ = false;
  std::unique_ptr<Server> server_;
};

TEST_F(BatchTest, AStreamWithTooMuchUnansweredIsReadOnWhenSomethingIsAnswered) {
  Keeper keeper(address_);
  ClientOptions options;
  options.batch_max = 1;
  options.in_flight_max = 12;
  Caller caller(address_, options);
  auto answers = caller.ask_in_a_row(numbers(12));
  ASSERT_EQ(keeper.wait_for(k_server_batches_in_flight_max), k_server_batches_in_flight_max);
  // Another stream's round trip: the server's thread has had its time for a ninth one of the first.
  Caller other(address_);
  auto kept_as_well = other.ask("other");
  EXPECT_EQ(keeper.wait_for(k_server_batches_in_flight_max + 1), k_server_batches_in_flight_max + 1);
  keeper.answer_all();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].get(), std::to_string(i));
  }
  EXPECT_EQ(kept_as_well.get(), "other");
  EXPECT_EQ(caller.counters().streams_opened, 1U);
}

TEST_F(BatchTest, WhatNobodyWaitsForAnyMoreIsNotKeptWhileAServerHangs) {
  Keeper keeper(address_);
  ClientOptions options;
  options.batch_max = 1;
  options.in_flight_max = 2;
  Caller caller(address_, options);
  auto in_flight = caller.ask_in_a_row(numbers(2), 60s);
  ASSERT_EQ(keeper.wait_for(2), 2U);
  for (int round = 0; round < 3; ++round) {
    for (auto& answer : caller.ask_in_a_row(numbers(50), 20ms)) {
      EXPECT_EQ(answer.get(), "no answer");
    }
  }
  EXPECT_EQ(caller.counters().pending, 2U);
  caller.flush();
  EXPECT_EQ(caller.counters().queued, 0U);
  keeper.answer_all();
  EXPECT_EQ(in_flight[0].get(), "0");
}

TEST_F(BatchTest, ARestartedServerIsFoundAgain) {
  std::optional<Echo> first(std::in_place, address_);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("one").get(), "one");
  first->server().drain(5s);
  first.reset();
  auto answer = caller.ask("two");
  Echo second(address_);
  EXPECT_EQ(answer.get(), "two");
}

TEST_F(BatchTest, ADrainingServerAnswersWhatItHasReadAndThenEndsTheStream) {
  Echo echo(address_, Echo::First::keep);
  Caller caller(address_);
  auto answer = caller.ask("kept");
  std::unique_ptr<Call> kept = echo.take_kept();
  auto drained = std::async(std::launch::async, [&] { echo.server().drain(20s); });
  EXPECT_EQ(drained.wait_for(50ms), std::future_status::timeout) << "something is unanswered";
  kept->reply() += kept->batch();
  Call::finish(std::move(kept));
  EXPECT_EQ(answer.get(), "kept");
  drained.get();
}

TEST_F(BatchTest, ACallMayBeFinishedWhenItsServerIsGone) {
  std::optional<Echo> echo(std::in_place, address_, Echo::First::keep);
  Caller caller(address_);
  auto answer = caller.ask("kept", 10s);
  std::unique_ptr<Call> kept = echo->take_kept();
  echo.reset();
  kept->reply() += kept->batch();
  Call::finish(std::move(kept));
  Echo next(address_);
  EXPECT_EQ(answer.get(), "kept") << "sent again";
}

TEST_F(BatchTest, LargeRequestsThatGatherAreSplitBelowTheFramesLimit) {
  Caller caller(address_);
  const std::vector<std::string> words(600, std::string(16 * 1024, 'a'));  // 9.6 MiB, more than twice a frame's
  auto answers = caller.ask_in_a_row(words);
  Echo echo(address_);
  for (auto& answer : answers) {
    ASSERT_EQ(answer.get().size(), 16U * 1024);
  }
}

TEST_F(BatchTest, ARequestThatNoFrameMayCarryIsRefused) {
  Echo echo(address_);
  Caller caller(address_);
  EXPECT_EQ(caller.ask(std::string(k_frame_body_bytes_max, 'a')).get(), "no answer");
  EXPECT_EQ(caller.refused(), 1);
  EXPECT_EQ(caller.ask(std::string(k_frame_body_bytes_max / 2, 'a')).get().size(), k_frame_body_bytes_max / 2);
}

TEST_F(BatchTest, WhatIsSubmittedInARowLeavesTogetherWhenFlushed) {
  Echo echo(address_);
  ClientOptions options;
  options.departure = Departure::at_flush;
  options.batch_max = 8;
  Caller caller(address_, options);
  EXPECT_EQ(caller.ask("nobody flushes: a tick later it leaves").get(), "nobody flushes: a tick later it leaves");
  auto answers = caller.ask_in_a_row(numbers(7));
  caller.flush();
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), std::to_string(i));
  }
  EXPECT_LE(echo.batches(), 3) << "at most one tick came in between";
  for (auto& answer : caller.ask_in_a_row(std::vector<std::string>(8, "a full batch waits for nothing"))) {
    EXPECT_EQ(answer.get(), "a full batch waits for nothing");
  }
}

TEST_F(BatchTest, ABrokenStreamSendsWholeBatchesAgainAndTheirExpiredGetNothing) {
  ClientOptions options;
  options.departure = Departure::at_flush;
  Caller caller(address_, options);
  auto patient = caller.ask("patient");
  auto hasty = caller.ask("hasty", 30ms);
  EXPECT_EQ(hasty.get(), "no answer");
  Echo echo(address_, Echo::First::drop);
  EXPECT_EQ(patient.get(), "patient");
  EXPECT_EQ(caller.counters().expired, 1U);
  EXPECT_EQ(caller.counters().pending, 0U);
}

TEST_F(BatchTest, BeyondPendingMaxItRefuses) {
  ClientOptions options;
  options.pending_max = 2;
  Caller caller(address_, options);
  auto answers = caller.ask_in_a_row({"a", "b", "c"}, 50ms);
  EXPECT_EQ(caller.refused(), 1);
  EXPECT_EQ(answers[2].wait_for(0s), std::future_status::ready);
}

TEST_F(BatchTest, AClientThatEndsAnswersWhatIsLeft) {
  std::future<std::string> answer;
  {
    Caller caller(address_);
    answer = caller.ask("left");
  }
  EXPECT_EQ(answer.get(), "no answer");
}

TEST_F(BatchTest, TwoServersCannotListenAtOneAddress) {
  Echo echo(address_);
  EXPECT_EQ(Server::start(address_, {}).error().kind, ErrorKind::unavailable);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("the first still serves").get(), "the first still serves");
}

TEST_F(BatchTest, ASocketThatWasLeftBehindIsReplaced) {
  const std::string path = directory_ / "s.streams.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int left_behind = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(left_behind, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(left_behind);
  ASSERT_TRUE(std::filesystem::exists(path));
  Echo echo(address_);
  Caller caller(address_);
  EXPECT_EQ(caller.ask("here").get(), "here");
}

// Speaks bytes to a server, and hears when it closes.
std::string said_to(const std::string& path, const std::string& bytes) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  std::string heard;
  char byte = 0;
  while (recv(descriptor, &byte, 1, 0) == 1) {
    heard += byte;
  }
  close(descriptor);
  return heard;
}

TEST_F(BatchTest, WhatIsNoStreamIsClosed) {
  Echo echo(address_);
  const std::string path = directory_ / "s.streams.sock";
  EXPECT_EQ(said_to(path, hello_frame("no such stream")), "");
  EXPECT_EQ(said_to(path, "GET / HTTP/1.1\r\nHost: ostraka\r\n\r\n"), "");
  std::string frame;
  begin_frame(frame);
  end_frame(frame, 7);
  frame[3] = '\x7f';  // says that it has two thousand million bytes
  EXPECT_EQ(said_to(path, hello_frame("words") + frame), "");
  Caller caller(address_);
  EXPECT_EQ(caller.ask("unharmed").get(), "unharmed");
}

TEST(StreamsAddress, IsBesideTheServices) {
  EXPECT_EQ(std::get<HostAndPort>(streams_address("10.1.2.3:7000").value()).port, "7001");
  EXPECT_EQ(std::get<HostAndPort>(streams_address("[::1]:7000").value()).host, "::1");
  for (const char* wrong : {"", "nowhere", "host:", "host:0", "host:65535", "host:x"}) {
    EXPECT_EQ(streams_address(wrong).error().kind, ErrorKind::invalid) << wrong;
  }
  EXPECT_EQ(streams_address("unix:/" + std::string(120, 'x')).error().kind, ErrorKind::invalid);
}

// The lines of the format page's example, without their spaces.
std::vector<std::string> example_lines() {
  std::ifstream page(OSTRAKA_SOURCE_DIR "/docs/formats/batch-stream.md");
  std::vector<std::string> lines;
  bool is_example = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "```") {
      is_example = !is_example;
    } else if (is_example) {
      std::erase(line, ' ');
      lines.push_back(line);
    }
  }
  return lines;
}

TEST(Frame, IsAsItsFormatPageShowsIt) {
  std::string frame;
  begin_frame(frame);
  frame += "abc";
  end_frame(frame, 1);
  EXPECT_EQ(example_lines(), (std::vector<std::string>{to_hex(hello_frame("words")), to_hex(frame)}));
}

TEST(Frame, IsIncompleteUntilItsLastByteIsThere) {
  const std::string frame = hello_frame("words");
  for (std::size_t bytes = 0; bytes < frame.size(); ++bytes) {
    EXPECT_EQ(scan_frame(std::string_view(frame).substr(0, bytes)).state, FrameState::incomplete) << bytes;
  }
  const ScannedFrame scanned = scan_frame(frame + "more");
  EXPECT_EQ(scanned.state, FrameState::complete);
  EXPECT_EQ(scanned.bytes(), frame.size());
}

}  // namespace
}  // namespace ostraka::batch
