#include "snapshot/files/read_ahead.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace ostraka::snapshot {
namespace {

class ReadAhead final : public Source {
 public:
  explicit ReadAhead(std::unique_ptr<Source> source)
      : source_(std::move(source)), header_(source_->header()), thread_([this] { run(); }) {}
  ~ReadAhead() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  const FileHeader& header() const override { return header_; }

  Result<std::optional<Piece>> next() override {
    std::unique_lock lock(mutex_);
    if (!current_.body.empty()) {
      spare_.push_back(std::move(current_.body));
      current_.body.clear();
    }
    changed_.wait(lock, [this] { return !read_.empty() || end_; });
    if (read_.empty()) {
      return *end_ ? Result<std::optional<Piece>>(std::nullopt) : tl::make_unexpected(end_->error());
    }
    current_ = std::move(read_.front());
    read_.pop_front();
    bytes_ahead_ -= current_.body.size();
    lock.unlock();
    changed_.notify_all();
    return Piece{current_.header, current_.body};
  }

 private:
  struct Kept {
    PieceHeader header;
    std::string body;
  };

  void run() {
    while (true) {
      const auto piece = source_->next();
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || bytes_ahead_ < k_bytes_ahead_max; });
      if (stopping_) {
        return;
      }
      if (!piece || !*piece) {
        end_ = piece ? Status{} : tl::make_unexpected(piece.error());
        lock.unlock();
        changed_.notify_all();
        return;
      }
      Kept kept{(*piece)->header, take_spare()};
      lock.unlock();
      kept.body.assign((*piece)->body);
      lock.lock();
      bytes_ahead_ += kept.body.size();
      read_.push_back(std::move(kept));
      lock.unlock();
      changed_.notify_all();
    }
  }

  // REQUIRES: the mutex is held.
  std::string take_spare() {
    if (spare_.empty()) {
      return {};
    }
    std::string spare = std::move(spare_.back());
    spare_.pop_back();
    return spare;
  }

  const std::unique_ptr<Source> source_;  // the thread's
  const FileHeader header_;
  Kept current_;  // what next() gave last
  std::mutex mutex_;  // guards the five below
  std::condition_variable changed_;
  std::deque<Kept> read_;
  std::deque<std::string> spare_;
  std::size_t bytes_ahead_ = 0;
  std::optional<Status> end_;  // behind what was read: the end of the file, or what is wrong
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

OpenSource read_ahead(OpenSource open) {
  return [open = std::move(open)]() -> Result<std::unique_ptr<Source>> {
    auto source = open();
    if (!source) {
      return source;
    }
    return std::make_unique<ReadAhead>(std::move(*source));
  };
}

}  // namespace ostraka::snapshot
