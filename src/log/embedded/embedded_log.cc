#include "log/embedded/embedded_log.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "log/embedded/background.h"
#include "log/embedded/layout.h"
#include "log/embedded/mark.h"

namespace ostraka::log {

namespace {

// What appenders share with the log that made them.
struct Shared {
  explicit Shared(const EmbeddedOptions& given)
      : options(given), storage{*given.files, given.fatal}, background(given.seal_after) {}
  const EmbeddedOptions options;
  const Storage storage;
  Background background;
};

// Sleeps three times as long as what came before it took: zeros must not keep the disk from appends.
class Rest {
 public:
  explicit Rest(const Clock& clock) : clock_(&clock), rested_(clock.monotonic_now()) {}

  void operator()() {
    const auto took = clock_->monotonic_now() - rested_;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(3 * took, k_rest_max));
    rested_ = clock_->monotonic_now();
  }

 private:
  static constexpr Milliseconds k_rest_max{20};

  const Clock* clock_;
  MonotonicTime rested_;
};

// A writer that the background thread works for. The lock is free except while that thread seals.
class SharedWriter final : public BackgroundTask {
 public:
  SharedWriter(std::shared_ptr<Shared> shared, std::unique_ptr<PartitionWriter> writer)
      : shared_(std::move(shared)), writer_(std::move(writer)), end_(writer_->end()) {}

  Result<Offset> append(std::span<const std::string_view> records) {
    const std::lock_guard lock(mutex_);
    if (!writer_) {
      return fail(ErrorKind::unavailable, "the log was closed");
    }
    Result<Offset> first = writer_->append(records);
    end_ = writer_->end();
    ++appends_;
    const bool wants = writer_->wants_next().has_value();
    if (wants && !wanted_) {
      shared_->background.hurry();
    }
    wanted_ = wants;
    return first;
  }
  // Owner's thread only, like append.
  Offset end() const { return end_; }
  Status seal_if_idle() {
    const std::lock_guard lock(mutex_);
    return writer_->seal_if_idle();
  }
  Status prepare_next() {
    const std::lock_guard lock(mutex_);
    return writer_->prepare_next();
  }
  // Seals and lets go of the partition.
  void close() {
    const std::lock_guard lock(mutex_);
    writer_.reset();
  }

  void work() override {
    std::optional<PartitionWriter::Wanted> wanted;
    {
      const std::lock_guard lock(mutex_);
      if (!writer_) {
        return;
      }
      wanted = writer_->wants_next();
      if (appends_ == appends_seen_) {
        (void)writer_->seal_if_idle();  // out of space: the next seal, or the segment's end, will do
      }
      appends_seen_ = appends_;
    }
    if (!wanted) {
      return;
    }
    // Outside the lock: appends go on meanwhile.
    Result<PreparedSegment> prepared =
        prepare_segment(shared_->storage, wanted->path, wanted->bytes, Rest(*shared_->options.writer.clock));
    if (!prepared) {
      return;  // out of space: the append that needs it tries again and says so
    }
    const std::lock_guard lock(mutex_);
    if (writer_) {
      writer_->accept_next(std::move(*prepared));
    } else {
      (void)shared_->storage.files.remove(prepared->path);
    }
  }

 private:
  std::shared_ptr<Shared> shared_;
  std::mutex mutex_;  // guards writer_ and the three below
  std::unique_ptr<PartitionWriter> writer_;
  std::uint64_t appends_ = 0;
  std::uint64_t appends_seen_ = 0;
  bool wanted_ = false;
  Offset end_;  // owner's thread
};

class SharedAppender final : public EmbeddedAppender {
 public:
  explicit SharedAppender(std::shared_ptr<SharedWriter> writer) : writer_(std::move(writer)) {}
  // Here and not when the last reference goes, which may be the background thread's: the lock is free afterwards.
  ~SharedAppender() override { writer_->close(); }
  Result<Offset> append(std::span<const std::string_view> records) override { return writer_->append(records); }
  Offset end() const override { return writer_->end(); }
  Status seal_if_idle() override { return writer_->seal_if_idle(); }
  Status prepare_next() override { return writer_->prepare_next(); }

 private:
  std::shared_ptr<SharedWriter> writer_;
};

class EmbeddedLog final : public Log {
 public:
  EmbeddedLog(std::string directory, const EmbeddedOptions& options)
      : directory_(std::move(directory)), shared_(std::make_shared<Shared>(options)) {}

  Result<std::unique_ptr<Appender>> open_appender(const PartitionName& name) override {
    if (Status valid = check_name(name); !valid) {
      return tl::make_unexpected(valid.error());
    }
    const Result<LogId> id = make_log_id(shared_->storage, directory_, *shared_->options.random);
    if (!id) {
      return tl::make_unexpected(id.error());
    }
    WriterOptions writing = shared_->options.writer;
    if (shared_->options.threads == Threads::background) {
      writing.recover_from = ReadFrom::medium_ahead;
    }
    Result<std::unique_ptr<PartitionWriter>> writer =
        PartitionWriter::open(shared_->storage, directory_, name, *id, writing);
    if (!writer) {
      return tl::make_unexpected(writer.error());
    }
    auto shared_writer = std::make_shared<SharedWriter>(shared_, std::move(*writer));
    if (shared_->options.threads == Threads::background) {
      shared_->background.add(shared_writer);
    }
    return std::make_unique<SharedAppender>(std::move(shared_writer));
  }

  Result<std::unique_ptr<Reader>> open_reader(const PartitionName& name, Offset from) override {
    if (Status valid = check_name(name); !valid) {
      return tl::make_unexpected(valid.error());
    }
    const Waiting waiting = shared_->options.threads == Threads::none ? Waiting::never : Waiting::blocks;
    return PartitionReader::open(*shared_->options.files, *shared_->options.writer.clock, directory_, name, from,
                                 waiting);
  }

  Result<Mark> mark(const PartitionName& name, Offset at) override {
    if (Status valid = check_name(name); !valid) {
      return tl::make_unexpected(valid.error());
    }
    return partition_mark(*shared_->options.files, directory_, name, at);
  }

 private:
  const std::string directory_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_embedded_log(const std::string& directory, const EmbeddedOptions& options) {
  if (directory.empty()) {
    return fail(ErrorKind::invalid, "a log needs a directory");
  }
  return std::make_unique<EmbeddedLog>(directory, options);
}

}  // namespace ostraka::log
