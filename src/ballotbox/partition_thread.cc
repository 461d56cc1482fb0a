#include "ballotbox/partition_thread.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ostraka::ballotbox {

namespace {

constexpr Milliseconds k_start_retry{100};
// How long a partition may stay locked by a predecessor that is still dying before that is an error.
constexpr int k_start_attempts_max = 300;
// Without anything to do the thread looks up this often, for ends by schedule and a clock that was set.
constexpr Milliseconds k_idle_wait{500};
// Markers that could not be written, or an end that waits for the clock, are looked at again after this long.
constexpr Milliseconds k_settle_retry{1'000};
constexpr Milliseconds k_not_ready_after_refusal{3'000};
// Between two slices of a snapshot, each a tenth of a millisecond of work: votes hardly notice it, and the disk neither.
constexpr Milliseconds k_between_slices{2};
constexpr int k_slices_at_once_max = 4;

bool may_pass(const Error& error) {
  return error.kind == ErrorKind::conflict || error.kind == ErrorKind::disk_full || error.kind == ErrorKind::unavailable;
}

}  // namespace

PartitionThread::PartitionThread(Partition partition, const Clock& clock, StartOwner start, PartitionThreadHooks hooks)
    : partition_(partition),
      clock_(clock),
      start_(std::move(start)),
      hooks_(std::move(hooks)),
      thread_([this] { run(); }) {}

PartitionThread::~PartitionThread() { stop(); }

PartitionThread::Taken PartitionThread::cast(CastWork&& work) {
  last_asked_ = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::running) {
    return Taken::not_running;
  }
  if (queued_votes_ + work.inputs.size() > k_queued_votes_max) {
    return Taken::full;
  }
  queued_votes_ += work.inputs.size();
  casts_.push_back(std::move(work));
  changed_.notify_one();
  return Taken::yes;
}

void PartitionThread::settle(SettleWork work) {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ == Phase::running) {
      settles_.push_back(std::move(work));
      changed_.notify_one();
      return;
    }
  }
  work.done(fail(ErrorKind::unavailable, "partition {} is not running", partition_.value));
}

void PartitionThread::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void PartitionThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

PartitionStatus PartitionThread::status() const {
  const std::lock_guard lock(mutex_);
  PartitionStatus status = status_;
  status.queued = queued_votes_;
  return status;
}

void PartitionThread::run() {
  if (start_owner()) {
    serve();
  }
  owner_.reset();  // closes the log cleanly, on the thread that owns it
}

bool PartitionThread::start_owner() {
  for (int attempt = 0;; ++attempt) {
    Result<std::unique_ptr<PartitionOwner>> owner = start_();
    std::unique_lock lock(mutex_);
    if (stop_) {
      return false;
    }
    if (owner) {
      owner_ = std::move(*owner);
      hooks_.on_start(*owner_);
      phase_ = Phase::running;
      woken_ = true;
      return true;
    }
    status_.reason = owner.error().message;
    if (!may_pass(owner.error()) || (owner.error().kind == ErrorKind::conflict && attempt >= k_start_attempts_max)) {
      lock.unlock();
      hooks_.on_failure(partition_, owner.error());
      return false;
    }
    if (attempt == 0) {
      spdlog::warn("partition {} waits: {}", partition_.value, owner.error().message);
    }
    changed_.wait_for(lock, k_start_retry, [this] { return stop_; });
  }
}

void PartitionThread::serve() {
  std::vector<CastWork> casts;
  std::vector<SettleWork> settles;
  bool woken = false;
  while (wait_for_work(casts, settles, woken)) {
    if (woken || !settles.empty() || deadline_is_due() || !owner_->is_abreast()) {
      settle_and_answer(settles);
    }
    if (!casts.empty()) {
      cast_together(casts);
    }
    go_on_with_snapshot();
    publish_status();
    if (!owner_->health()) {
      {
        const std::lock_guard lock(mutex_);
        phase_ = Phase::stopping;
      }
      hooks_.on_failure(partition_, owner_->health().error());
      return;
    }
  }
}

// False when it is time to end: asked to stop, and nothing is queued.
bool PartitionThread::wait_for_work(std::vector<CastWork>& casts, std::vector<SettleWork>& settles, bool& woken) {
  const std::optional<WallTime> deadline = owner_->next_deadline();
  Milliseconds wait = k_idle_wait;
  if (deadline && clock_.monotonic_now() >= not_settled_before_) {
    wait = std::clamp(std::chrono::duration_cast<Milliseconds>(*deadline - clock_.wall_now()), Milliseconds(1), wait);
  }
  if (owner_->is_taking_snapshot()) {
    wait = std::min(wait, k_between_slices);
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this] { return stop_ || woken_ || !casts_.empty() || !settles_.empty(); });
  woken = std::exchange(woken_, false);
  settles = std::exchange(settles_, {});
  casts.clear();
  std::size_t votes = 0;
  std::size_t taken = 0;
  while (taken < casts_.size() && (votes == 0 || votes + casts_[taken].inputs.size() <= k_group_commit_votes_max)) {
    votes += casts_[taken].inputs.size();
    ++taken;
  }
  const auto end = casts_.begin() + static_cast<std::ptrdiff_t>(taken);
  std::move(casts_.begin(), end, std::back_inserter(casts));
  casts_.erase(casts_.begin(), end);
  queued_votes_ -= votes;
  const bool done = stop_ && casts.empty() && settles.empty();
  if (done) {
    phase_ = Phase::stopping;
  }
  return !done;
}

bool PartitionThread::deadline_is_due() const {
  // An end that waits is looked at again also when the clock came back and it is not due any more: the alarm ends then.
  return clock_.monotonic_now() >= not_settled_before_ && (is_overdue() || owner_->closing_waits_for_the_clock());
}

bool PartitionThread::is_overdue() const {
  const std::optional<WallTime> deadline = owner_->next_deadline();
  return deadline && *deadline <= clock_.wall_now();
}

void PartitionThread::settle_and_answer(std::vector<SettleWork>& settles) {
  const Status settled = owner_->settle();
  not_settled_before_ = !settled || is_overdue() ? clock_.monotonic_now() + k_settle_retry : MonotonicTime{};
  if (!settled && owner_->is_abreast()) {
    spdlog::warn("partition {} could not write its markers: {}", partition_.value, settled.error().message);
  }
  for (SettleWork& work : settles) {
    work.done(settled ? Result<SettledState>(owner_->settled_state(work.election))
                      : Result<SettledState>(tl::make_unexpected(settled.error())));
  }
}

void PartitionThread::cast_together(std::vector<CastWork>& casts) {
  std::vector<CastInput> inputs;
  for (const CastWork& work : casts) {
    inputs.insert(inputs.end(), work.inputs.begin(), work.inputs.end());
  }
  std::vector<CastAnswer> answers = owner_->cast(inputs);
  hooks_.on_group_commit(inputs.size());
  std::span<CastAnswer> rest(answers);
  for (CastWork& work : casts) {
    work.done(rest.first(work.inputs.size()));
    rest = rest.subspan(work.inputs.size());
  }
}

void PartitionThread::go_on_with_snapshot() {
  const MonotonicTime now = clock_.monotonic_now();
  // A group commit that took long makes up for what could not be copied meanwhile, up to a few.
  no_slice_before_ = std::max(no_slice_before_, now - (k_slices_at_once_max - 1) * k_between_slices);
  for (; no_slice_before_ <= now; no_slice_before_ += k_between_slices) {
    owner_->snapshot_turn();
  }
}

void PartitionThread::publish_status() {
  PartitionStatus status;
  status.counters = owner_->counters();
  status.ready = owner_->health().has_value();
  status.serves = status.ready && owner_->is_abreast();
  status.reason = status.ready ? "" : owner_->health().error().message;
  if (status.ready && !owner_->is_abreast()) {
    status.ready = false;
    status.reason = "it cannot read the log now: " + owner_->is_abreast().error().message;
  }
  if (is_behind_ != !owner_->is_abreast()) {
    is_behind_ = !is_behind_;
    spdlog::warn("partition {}: {}", partition_.value, is_behind_ ? status.reason : "reads the log again");
  }
  // Not ready for a while after a refused append, and then again, to be tried: only votes show that there is space.
  if (status.counters.appends_refused != refused_before_) {
    refused_before_ = status.counters.appends_refused;
    not_ready_before_ = clock_.monotonic_now() + k_not_ready_after_refusal;
  }
  if (status.ready && clock_.monotonic_now() < not_ready_before_) {
    status.ready = false;
    status.reason = "the log refuses records: the disk may be full";
  }
  const once::Fold& fold = owner_->fold();
  for (const auto& [id, number] : fold.elections()) {
    const once::VerdictCounts& counts = fold.counts(number);
    for (std::size_t i = 0; i < once::k_verdicts; ++i) {
      status.verdicts.by_verdict[i] += counts.by_verdict[i];
    }
  }
  status.unreadable = fold.unreadable_records();
  status.index_entries = fold.index_entries();
  status.end = fold.next().value;
  status.closing_waits = owner_->closing_waits_for_the_clock();
  status.faults = owner_->faults().size();
  status.replayed_from = owner_->started().replayed_from.value;
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

}  // namespace ostraka::ballotbox
