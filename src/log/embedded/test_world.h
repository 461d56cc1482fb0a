// A log on a simulated disk, for tests: opened, killed, reopened, looked at.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/simulated/disk.h"
#include "log/contract_tests.h"
#include "log/embedded/check.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/layout.h"

namespace ostraka::log {

// What the fatal handler of these tests throws.
struct FatalStorage {
  std::string what;
};

// Bytes that are random enough for an identity, the same in every run.
class FixedRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override {
    std::string made(count, '\0');
    for (char& byte : made) {
      byte = static_cast<char>(next_++ * 37 + 11);
    }
    return made;
  }

 private:
  unsigned next_ = 0;
};

class FixedClock final : public Clock {
 public:
  WallTime wall_now() const override { return wall_time(1'767'225'600'000); }
  MonotonicTime monotonic_now() const override { return {}; }
};

class TestWorld {
 public:
  static constexpr std::uint64_t k_segment_bytes = 8 * k_block_bytes;

  explicit TestWorld(std::uint64_t seed) : disk(seed) {
    options.threads = Threads::none;
    options.random = &random_;
    options.writer.clock = &clock_;
    options.writer.sizes.fixed_bytes = k_segment_bytes;
    options.fatal = [](const std::string& what) { throw FatalStorage{what}; };
    options.writer.on_event = [this](const LogEvent& event) { events.push_back(event); };
    restart();
  }

  // Another process begins; the one before is killed.
  void restart() {
    if (process_) {
      process_->kill();
      graveyard_.push_back(std::move(process_));
    }
    process_ = disk.start_process();
    options.files = process_.get();
  }
  void lose_power() {
    disk.lose_power();
    restart();
  }

  io::FileSystem& files() { return *process_; }
  std::unique_ptr<Log> open() { return std::move(open_embedded_log(directory, options).value()); }
  Result<std::unique_ptr<Appender>> appender() { return open()->open_appender(name); }
  std::unique_ptr<Reader> reader(Offset from = {}) { return std::move(open()->open_reader(name, from).value()); }

  std::string partition() const { return partition_directory(directory, name); }
  std::string segment(std::uint64_t base) const { return segment_path(partition(), Offset{base}); }

  // Every file of the log except the lock.
  std::map<std::string, std::string> image() {
    std::map<std::string, std::string> files_found{{log_id_path(directory), *disk.content(log_id_path(directory))}};
    const std::vector<std::string> names = files().list(partition()).value();
    for (const std::string& file : names) {
      if (file != "lock") {
        files_found[partition() + "/" + file] = *disk.content(partition() + "/" + file);
      }
    }
    return files_found;
  }
  void restore(const std::map<std::string, std::string>& image) {
    for (const auto& [path, bytes] : image) {
      disk.set_content(path, bytes);
    }
  }

  const std::string directory = "/data/log";
  const PartitionName name{"ballots", Partition{0}};
  io::SimulatedDisk disk;
  EmbeddedOptions options;
  std::vector<LogEvent> events;

 private:
  FixedRandom random_;
  FixedClock clock_;
  std::unique_ptr<io::SimulatedProcess> process_;
  std::vector<std::unique_ptr<io::SimulatedProcess>> graveyard_;  // handles of the dead still point to them
};

}  // namespace ostraka::log
