#include "elections/schedule.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace ostraka::elections {

namespace {

// New schedules are noticed within this time; the exact moment of a known one is slept to.
constexpr Milliseconds k_look_up{100};
// What failed stays due, and is tried again after this long: at once would only fill the logs of a disk that is full.
constexpr Milliseconds k_retry{2'000};

}  // namespace

Schedule::Schedule(ElectionDesk& desk, const Clock& clock, std::function<void(const Error&)> on_failure)
    : desk_(desk),
      clock_(clock),
      on_failure_(std::move(on_failure)),
      guard_(clock.wall_now(), clock.monotonic_now()),
      thread_([this] { run(); }) {}

Schedule::~Schedule() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Schedule::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool something_failed = !act_on_what_is_due();
    if (const Status health = desk_.health(); !health) {
      on_failure_(health.error());
      return;
    }
    const Milliseconds sleep = something_failed ? k_retry : time_to_sleep();
    lock.lock();
    stop_.wait_for(lock, sleep, [this] { return stopping_; });
  }
}

// False when something is still due.
bool Schedule::act_on_what_is_due() {
  const WallTime now = clock_.wall_now();
  const bool clocks_agree = guard_.agrees(now, clock_.monotonic_now());
  bool waits = false;
  bool done = true;
  for (const DueAct& act : due_acts(desk_.catalogue(), now)) {
    if (act.kind == DueAct::Kind::open) {
      done = desk_.open_election(act.election, "schedule").decision.outcome == Outcome::done && done;
    } else if (clocks_agree) {
      done = desk_.close(act.election, ClosedBy::schedule, "schedule").decision.outcome == Outcome::done && done;
    } else {
      waits = true;
    }
  }
  if (waits && !closing_waits_) {
    spdlog::critical(
        "closing by schedule waits: wall time and monotonic time disagree by {} ms since this service started; check the "
        "machine's clock, then close by command or restart the services",
        guard_.disagreement(now, clock_.monotonic_now()).count());
  }
  closing_waits_ = waits;
  return done && !waits;
}

Milliseconds Schedule::time_to_sleep() const {
  const WallTime now = clock_.wall_now();
  const std::optional<WallTime> next = next_due(desk_.catalogue(), now);
  return next ? std::clamp(Milliseconds(*next - now), Milliseconds(1), k_look_up) : k_look_up;
}

}  // namespace ostraka::elections
