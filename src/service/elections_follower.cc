#include "service/elections_follower.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

#include "service/process.h"

namespace ostraka::service {

namespace {

// How often the following thread looks up from waiting: only a bound on how long stopping takes.
constexpr Milliseconds k_wait{1'000};
// A log that cannot be read.
constexpr Milliseconds k_try_again{100};

log::PartitionName elections_partition() {
  return {std::string(log::k_elections_stream), Partition{0}};
}

[[noreturn]] void stop_process(const Error& error) {
  spdlog::critical("the elections stream cannot be followed: {}", error.message);
  const int code = exit_code_for(error);
  spdlog::shutdown();
  std::_Exit(code);
}

}  // namespace

ElectionsFollower::ElectionsFollower(std::unique_ptr<log::Reader> reader, std::unique_ptr<log::Reader> waiter,
                                     OnChange on_change, Reading how)
    : reader_(std::move(reader)),
      waiter_(std::move(waiter)),
      on_change_(std::move(on_change)),
      catalogue_(std::make_shared<const election::Catalogue>()),
      how_(how) {}

Result<std::unique_ptr<ElectionsFollower>> ElectionsFollower::start(log::Log& log, OnChange on_change) {
  auto reader = log.open_reader(elections_partition(), Offset{0});
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  auto waiter = log.open_reader(elections_partition(), Offset{0});
  if (!waiter) {
    return tl::make_unexpected(waiter.error());
  }
  std::unique_ptr<ElectionsFollower> follower(
      new ElectionsFollower(std::move(*reader), std::move(*waiter), std::move(on_change),
                            log.end_may_lag() ? Reading::may_take_long : Reading::is_cheap));
  if (auto caught_up = follower->caught_up(); !caught_up) {
    return tl::make_unexpected(caught_up.error());
  }
  follower->thread_ = std::thread([raw = follower.get()] { raw->follow(); });
  if (follower->how_ == Reading::may_take_long) {
    follower->answering_ = std::thread([raw = follower.get()] { raw->answer_who_waits(); });
  }
  return follower;
}

ElectionsFollower::~ElectionsFollower() {
  stopping_ = true;
  waiter_->interrupt();
  if (thread_.joinable()) {
    thread_.join();
  }
  {
    const std::lock_guard lock(waiting_mutex_);  // so that it is seen by who is about to wait
  }
  somebody_waits_.notify_all();
  if (answering_.joinable()) {
    answering_.join();
  }
}

std::shared_ptr<const election::Catalogue> ElectionsFollower::now() const {
  return catalogue_.load();
}

Result<std::shared_ptr<const election::Catalogue>> ElectionsFollower::caught_up() {
  const std::lock_guard lock(reading_);
  if (Status read = read_to_end(); !read) {
    return tl::make_unexpected(read.error());
  }
  return catalogue_.load();
}

void ElectionsFollower::when_caught_up(Then then) {
  if (how_ == Reading::is_cheap) {
    return then(caught_up());
  }
  {
    const std::lock_guard lock(waiting_mutex_);
    if (waiting_.size() < k_waiting_max && !stopping_) {
      waiting_.push_back(std::move(then));
      somebody_waits_.notify_all();
      return;
    }
  }
  then(fail(ErrorKind::unavailable, "too many wait for the elections to be read"));
}

// Also those who ask while it ends: their promises are kept.
void ElectionsFollower::answer_who_waits() {
  while (true) {
    std::vector<Then> answered;
    {
      std::unique_lock lock(waiting_mutex_);
      somebody_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) {
        return;
      }
      answered.swap(waiting_);
    }
    const auto catalogue = caught_up();
    for (Then& then : answered) {
      then(catalogue);
    }
  }
}

Status ElectionsFollower::read_to_end() {
  std::shared_ptr<election::Catalogue> changed;
  for (;;) {
    Result<log::Records> batch = reader_->read();
    if (!batch) {
      return tl::make_unexpected(batch.error());
    }
    if (batch->records.empty()) {
      break;
    }
    if (changed == nullptr) {
      changed = std::make_shared<election::Catalogue>(*catalogue_.load());
    }
    for (const std::string_view record : batch->records) {
      if (Status applied = changed->apply(record); !applied) {
        stop_process(applied.error());
      }
    }
  }
  if (changed != nullptr) {
    catalogue_ = changed;
    if (on_change_) {
      on_change_(changed);
    }
  }
  return {};
}

void ElectionsFollower::follow() {
  bool is_away = false;
  while (!stopping_) {
    const Status followed = follow_once();
    if (!followed && followed.error().kind != ErrorKind::unavailable) {
      stop_process(followed.error());
    }
    if (is_away != !followed) {
      is_away = !is_away;
      spdlog::warn("the elections stream {}", is_away ? "cannot be read now: " + followed.error().message
                                                      : std::string("can be read again"));
    }
    if (!followed) {
      std::this_thread::sleep_for(k_try_again);
    }
  }
}

// The waiter only waits: the position that counts is the reader's, which caught_up() moves from any thread. So the
// waiter is read along, to have it wait for what is new.
Status ElectionsFollower::follow_once() {
  waiter_->wait(k_wait);
  for (;;) {
    const Result<log::Records> skipped = waiter_->read();
    if (!skipped) {
      return tl::make_unexpected(skipped.error());
    }
    if (skipped->records.empty()) {
      break;
    }
  }
  const auto caught = caught_up();
  return caught ? Status{} : tl::make_unexpected(caught.error());
}

}  // namespace ostraka::service
