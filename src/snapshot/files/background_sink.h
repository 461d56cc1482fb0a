// The thread that writes a process's snapshots, one at a time, and the sinks that hand it their pieces.
//
// At most k_slices_on_their_way slices wait for the disk; then there is no buffer, and whoever takes the snapshot goes
// on with its own work. So a slow disk makes a snapshot slow, and nothing else.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "snapshot/files/file_sink.h"

namespace ostraka::snapshot {

inline constexpr std::size_t k_slices_on_their_way = 4;

// Of one snapshot that ended, well or not. Called on the writer's thread.
struct Report {
  std::string name;  // of the file
  Status status;
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds took{0};  // from begin() to durable
};

// Thread-safe. Destroy it before the sinks: its thread uses them.
class BackgroundWriter {
 public:
  explicit BackgroundWriter(std::function<void(const Report&)> on_end);
  // Drops what is not finished.
  ~BackgroundWriter();

 private:
  friend class BackgroundSink;

  bool take_turn();  // one snapshot at a time: false while another is being written
  void post(std::function<void()> job);
  void end_turn(const Report& report);
  void run();

  const std::function<void(const Report&)> on_end_;
  std::mutex mutex_;  // guards the four below
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

class BackgroundSink final : public Sink {
 public:
  // Asked before every slice is written: a snapshot that would take the last of the disk is given up. Empty: there is.
  using HasSpace = std::function<bool()>;

  // `writer` and `files` outlive every call.
  BackgroundSink(BackgroundWriter& writer, io::FileSystem& files, Place place, HasSpace has_space = {})
      : writer_(writer), name_(place.name), has_space_(std::move(has_space)), file_(files, std::move(place)) {}
  // REQUIRES: its writer is gone. What is not finished leaves no file behind.
  ~BackgroundSink() override { file_.abandon(); }

  bool begin(const FileHeader& header) override;
  std::optional<std::string> buffer() override;
  void put(std::string pieces) override;
  void finish(std::string pieces, MakeState make_state) override;
  void abandon() override;
  bool failed() const override { return failed_; }

 private:
  void append(std::string pieces);
  void end();

  BackgroundWriter& writer_;
  const std::string name_;
  const HasSpace has_space_;
  FileSink file_;  // the writer's thread uses it
  std::chrono::steady_clock::time_point begun_{};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // guards the two below
  std::vector<std::string> buffers_;
  std::size_t buffers_out_ = 0;
};

}  // namespace ostraka::snapshot
