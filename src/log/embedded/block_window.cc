#include "log/embedded/block_window.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/check.h"

namespace ostraka::log {

namespace {

constexpr std::size_t k_piece_bytes = 1U << 20;

}  // namespace

// The file, piece by piece.
class BlockWindow::Pieces {
 public:
  Pieces(io::File& file, ReadFrom from) : file_(file), from_(from) {}
  virtual ~Pieces() = default;

  // A piece that is not whole is the last one.
  virtual Status next(std::string& into) { return read(into); }

 protected:
  Status read(std::string& into) {
    into.resize(k_piece_bytes);
    const Result<std::size_t> got =
        from_ == ReadFrom::cache ? file_.read_at(at_, into) : file_.read_from_medium(at_, into);
    if (!got) {
      into.clear();
      return tl::make_unexpected(got.error());
    }
    into.resize(*got);
    at_ += *got;
    return {};
  }

 private:
  io::File& file_;
  const ReadFrom from_;
  std::uint64_t at_ = 0;
};

// The same, with the next piece being read by a thread. It reads until the file's end or until something is wrong.
class BlockWindow::PiecesAhead final : public Pieces {
 public:
  explicit PiecesAhead(io::File& file) : Pieces(file, ReadFrom::medium), thread_([this] { run(); }) {}
  ~PiecesAhead() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  Status next(std::string& into) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return read_.has_value(); });
    if (!*read_) {
      return *read_;
    }
    into.swap(ahead_);
    if (into.size() == k_piece_bytes) {
      read_.reset();
      lock.unlock();
      changed_.notify_all();
    } else {
      ahead_.clear();  // and stays so: there is nothing behind the end
    }
    return {};
  }

 private:
  void run() {
    std::string piece;
    while (true) {
      const Status read_now = read(piece);
      const bool is_last = !read_now || piece.size() < k_piece_bytes;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !read_; });
      if (stopping_) {
        return;
      }
      ahead_.swap(piece);
      read_ = read_now;
      lock.unlock();
      changed_.notify_all();
      if (is_last) {
        return;
      }
    }
  }

  std::mutex mutex_;  // guards the three below
  std::condition_variable changed_;
  std::optional<Status> read_;  // what reading `ahead_` came to; empty while that goes on
  std::string ahead_;
  bool stopping_ = false;
  std::thread thread_;
};

BlockWindow::BlockWindow(io::File& file, ReadFrom from)
    : pieces_(from == ReadFrom::medium_ahead ? std::make_unique<PiecesAhead>(file)
                                             : std::make_unique<Pieces>(file, from)) {}

BlockWindow::~BlockWindow() = default;

Result<std::string_view> BlockWindow::view(std::uint64_t at, std::size_t bytes) {
  check(at >= at_, "a window that moves forward");
  while (at + bytes > at_ + buffer_.size() && !at_end_) {
    const std::size_t passed = std::min<std::uint64_t>(at - at_, buffer_.size());
    buffer_.erase(0, passed);
    at_ += passed;
    if (const Status read = pieces_->next(piece_); !read) {
      return tl::make_unexpected(read.error());
    }
    at_end_ = piece_.size() < k_piece_bytes;
    if (buffer_.empty()) {
      buffer_.swap(piece_);
    } else {
      buffer_.append(piece_);
    }
  }
  const std::size_t skip = std::min<std::uint64_t>(at - at_, buffer_.size());
  return std::string_view(buffer_).substr(skip, bytes);
}

}  // namespace ostraka::log
