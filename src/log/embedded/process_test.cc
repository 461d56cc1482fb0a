// The log between processes, on the machine's disk: readers in one process, a writer in another that is killed.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "log/contract_tests.h"
#include "log/embedded/check.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/test_directory.h"

namespace ostraka::log {
namespace {

const PartitionName k_name{"ballots", Partition{1}};

EmbeddedOptions small_segments(Threads threads) {
  EmbeddedOptions options;
  options.writer.sizes.fixed_bytes = 64U << 10;
  options.threads = threads;
  options.seal_after = Milliseconds{3};
  return options;
}

std::unique_ptr<Log> open(const std::string& directory, Threads threads) {
  return std::move(open_embedded_log(directory, small_segments(threads)).value());
}

// A child that runs `work` and ends without unwinding what it inherited.
class Child {
 public:
  template <class Work>
  explicit Child(Work work) : pid_(fork()) {
    if (pid_ == 0) {
      work();
      _exit(0);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(SIGKILL); }

  // How it ended.
  int kill(int signal) {
    if (pid_ > 0) {
      ::kill(pid_, signal);
    }
    return wait();
  }
  int wait() {
    int status = 0;
    if (pid_ > 0) {
      waitpid(pid_, &status, 0);
      pid_ = -1;
    }
    return status;
  }

 private:
  pid_t pid_;
};

// Writes until it is killed. Every answered offset goes into the pipe.
void write_for_ever(const std::string& directory, int answered_pipe) {
  auto log = open(directory, Threads::none);
  auto appender = log->open_appender(k_name);
  while (appender) {
    const std::uint64_t next = (*appender)->end().value;
    if (!append_all(**appender, {std::to_string(next), std::to_string(next + 1)})) {
      _exit(1);
    }
    const std::uint64_t end = (*appender)->end().value;
    if (::write(answered_pipe, &end, sizeof end) != sizeof end) {
      _exit(2);
    }
  }
  _exit(3);
}

TEST(Processes, ReaderFollowsThroughRollOverKillsAndRecovery) {
  const TestDirectory directory;
  auto reader = open(directory.path(), Threads::background)->open_reader(k_name, Offset{});
  ASSERT_TRUE(reader);
  int answered[2];
  ASSERT_EQ(pipe(answered), 0);
  std::uint64_t seen = 0;
  for (int life = 0; life < 8; ++life) {
    Child writer([&] { write_for_ever(directory.path(), answered[1]); });
    const std::uint64_t goal = seen + 60;
    while (seen < goal) {
      ASSERT_TRUE((*reader)->wait(k_long));
      for (const std::string& record : read_all(**reader)) {
        ASSERT_EQ(record, std::to_string(seen++));
      }
    }
    EXPECT_TRUE(WIFSIGNALED(writer.kill(SIGKILL)));
  }
  // The last answer, of a writer that was killed at any moment.
  close(answered[1]);
  std::uint64_t last_answered = 0;
  for (std::uint64_t end = 0; ::read(answered[0], &end, sizeof end) == sizeof end;) {
    last_answered = end;
  }
  close(answered[0]);
  auto log = open(directory.path(), Threads::none);
  auto appender = log->open_appender(k_name);
  ASSERT_TRUE(appender) << appender.error().message;
  EXPECT_GE((*appender)->end().value, last_answered);
  auto from_the_start = log->open_reader(k_name, Offset{});
  std::uint64_t next = 0;
  for (const std::string& record : read_all(**from_the_start)) {
    ASSERT_EQ(record, std::to_string(next++));
  }
  EXPECT_EQ(next, (*appender)->end().value);
  EXPECT_FALSE(check_log(io::posix_file_system(), directory.path())->damaged());
}

TEST(Processes, SecondWriterInAnotherProcessIsRefused) {
  const TestDirectory directory;
  auto log = open(directory.path(), Threads::none);
  auto appender = log->open_appender(k_name);
  ASSERT_TRUE(appender);
  const auto try_to_write = [&] {
    const auto second = open(directory.path(), Threads::none)->open_appender(k_name);
    _exit(!second && second.error().kind == ErrorKind::conflict ? 10 : 11);
  };
  EXPECT_EQ(WEXITSTATUS(Child(try_to_write).wait()), 10);
}

TEST(Processes, ReaderInAnotherProcessIsWokenByTheWriter) {
  const TestDirectory directory;
  auto log = open(directory.path(), Threads::none);
  auto appender = log->open_appender(k_name);
  ASSERT_TRUE(append_all(**appender, {"0"}));
  Child reading([&] {
    auto reader = open(directory.path(), Threads::background)->open_reader(k_name, Offset{});
    std::uint64_t next = 0;
    while (next < 200 && (*reader)->wait(k_long)) {
      for (const std::string& record : read_all(**reader)) {
        if (record != std::to_string(next++)) {
          _exit(1);
        }
      }
    }
    _exit(next == 200 ? 10 : 2);
  });
  for (int i = 1; i < 200; ++i) {
    ASSERT_TRUE(append_all(**appender, {std::to_string(i)}));
  }
  EXPECT_EQ(WEXITSTATUS(reading.wait()), 10);
}

TEST(Processes, MakersOfOneLogAgreeOnItsIdentity) {
  const TestDirectory directory;
  const std::string path = directory.path() + "/new/log";
  std::vector<std::unique_ptr<Child>> children;
  for (std::uint32_t i = 0; i < 6; ++i) {
    children.push_back(std::make_unique<Child>([&, i] {
      auto appender = open(path, Threads::none)->open_appender({"ballots", Partition{i}});
      _exit(appender && append_all(**appender, {"x"}) ? 10 : 11);
    }));
  }
  for (auto& child : children) {
    EXPECT_EQ(WEXITSTATUS(child->wait()), 10);
  }
  const Result<CheckReport> report = check_log(io::posix_file_system(), path);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->partitions, 6U);
  EXPECT_EQ(report->records, 6U);
  EXPECT_FALSE(report->damaged());
}

TEST(Background, PreparesAndSealsByItself) {
  const TestDirectory directory;
  auto log = open(directory.path(), Threads::background);
  auto appender = log->open_appender(k_name);
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(append_all(**appender, {std::string(100, 'x')}));
  }
  io::FileSystem& files = io::posix_file_system();
  const std::string partition = directory.path() + "/ballots/1";
  const auto deadline = std::chrono::steady_clock::now() + k_long;
  const auto is_prepared_and_sealed = [&] {
    const std::vector<std::string> names = files.list(partition).value();
    const bool prepared = std::any_of(names.begin(), names.end(), [](auto& name) { return name.ends_with(".new"); });
    // A seal speaks of all 12 batches: a fresh look at a copy without the watermark shows it.
    const TestDirectory copy;
    std::filesystem::copy(directory.path(), copy.path() + "/log", std::filesystem::copy_options::recursive);
    std::filesystem::remove(copy.path() + "/log/ballots/1/watermark");
    auto reader = open(copy.path() + "/log", Threads::none)->open_reader(k_name, Offset{});
    return prepared && reader && (*reader)->end().value() == Offset{12};
  };
  while (!is_prepared_and_sealed()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace ostraka::log
