#include "snapshot/files/background_sink.h"

#include <algorithm>
#include <utility>

namespace ostraka::snapshot {
namespace {

constexpr std::chrono::milliseconds k_rest_max{500};

}  // namespace

BackgroundWriter::BackgroundWriter(std::function<void(const Report&)> on_end)
    : on_end_(std::move(on_end)), thread_([this] { run(); }) {}

BackgroundWriter::~BackgroundWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool BackgroundWriter::take_turn() {
  const std::lock_guard lock(mutex_);
  return !stopping_ && !std::exchange(busy_, true);
}

void BackgroundWriter::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void BackgroundWriter::end_turn(const Report& report) {
  on_end_(report);
  const std::lock_guard lock(mutex_);
  busy_ = false;
}

void BackgroundWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) {
      return;
    }
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

bool BackgroundSink::begin(const FileHeader& header) {
  if (!writer_.take_turn()) {
    return false;
  }
  failed_ = false;
  begun_ = std::chrono::steady_clock::now();
  writer_.post([this, header] {
    file_.begin(header);
    failed_ = file_.failed();
  });
  return true;
}

std::optional<std::string> BackgroundSink::buffer() {
  const std::lock_guard lock(mutex_);
  if (buffers_out_ == k_slices_on_their_way) {
    return std::nullopt;
  }
  ++buffers_out_;
  if (buffers_.empty()) {
    return std::string();
  }
  std::string buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void BackgroundSink::append(std::string pieces) {
  if (has_space_ && !has_space_()) {
    file_.give_up(fail(ErrorKind::disk_full, "little space is left on the disk, and that is the log's"));
  }
  // As long again as it took, up to a bound: half of the disk's time is for those who wait for it.
  using Clock = std::chrono::steady_clock;
  auto begun = Clock::now();
  file_.append(pieces, [&begun] {
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(Clock::now() - begun, k_rest_max));
    begun = Clock::now();
  });
  failed_ = file_.failed();
  pieces.clear();
  const std::lock_guard lock(mutex_);
  buffers_.push_back(std::move(pieces));
  --buffers_out_;
}

void BackgroundSink::put(std::string pieces) {
  writer_.post([this, pieces = std::move(pieces)]() mutable { append(std::move(pieces)); });
}

void BackgroundSink::finish(std::string pieces, MakeState make_state) {
  writer_.post([this, pieces = std::move(pieces), make_state = std::move(make_state)]() mutable {
    append(std::move(pieces));
    file_.finish({}, std::move(make_state));
    end();
  });
}

void BackgroundSink::abandon() {
  writer_.post([this] {
    file_.abandon();
    end();
  });
}

void BackgroundSink::end() {
  {
    const std::lock_guard lock(mutex_);
    buffers_.clear();  // their memory is for voters until the next one
    buffers_.shrink_to_fit();
  }
  writer_.end_turn({name_, file_.status(), file_.bytes(), std::chrono::steady_clock::now() - begun_});
}

}  // namespace ostraka::snapshot
