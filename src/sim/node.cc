#include "sim/node.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace ostraka::sim {
namespace {

constexpr Milliseconds k_any_disagreement = std::chrono::hours(24 * 365);

}  // namespace

bool note_restored(NodeWorld& world, const snapshot::Restored& restored) {
  if (restored.outcome == snapshot::Restored::Outcome::thrown_away && world.variant == Variant::none) {
    world.history.violations.push_back("a snapshot was thrown away: " + restored.why);
  }
  return restored.outcome == snapshot::Restored::Outcome::restored;
}

bool Node::start() {
  if (partition_.value >= world_.running_partitions) {
    start_error_ = "no such partition is running";
    return false;
  }
  // A restarted machine's clock is about right; how far it is off then, nobody can notice.
  clock_.set_skew(Milliseconds(world_.rng.between(-400, 400)));
  try {
    auto process = world_.backend.start_process();
    if (!process) {
      return false;
    }
    process_ = std::move(*process);
    log_ = variant_log(world_.variant, process_->log(), world_.variant_memory);
    auto catalogue = CatalogueReader::open(*log_, world_.catalogue_memo);
    if (!catalogue) {
      start_error_ = catalogue.error().message;
      die();
      return false;
    }
    catalogue_ = std::move(*catalogue);
    rules_ = ballotbox::standard_vote_rules(world_.token_keys, std::string(ballotbox::k_receipt_key_bytes, 'r'));
    ballotbox::OwnerOptions options;
    options.partition = partition_;
    options.partitions = world_.running_partitions;
    snapshots_.emplace(*process_, fmt::format("ballotbox-{}.snapshot", partition_.value));
    options.snapshots = {snapshots_->sink(), {}, SnapshotPlace::policy()};
    if (const snapshot::OpenSource open = snapshots_->open_source()) {
      options.snapshots.load = [open] { return ballotbox::load_snapshot(open); };
    }
    options.door = {.waiters_per_voter_max = 3, .waiters_max = 16};
    if (world_.variant == Variant::believe_any_clock) {
      options.clock_disagreement_max = k_any_disagreement;
    }
    auto owner = ballotbox::PartitionOwner::start(options, *log_, clock_, *rules_, [this] { return refresh(); });
    if (!owner) {
      start_error_ = owner.error().message;
      if (owner.error().kind == ErrorKind::damaged) {
        world_.history.violations.push_back("a log without damage: " + owner.error().message);
      }
      die();
      return false;
    }
    owner_ = std::move(*owner);
    world_.history.owners_restored += note_restored(world_, owner_->started().restored) ? 1 : 0;
  } catch (const ProcessDied&) {
    die();
    return false;
  }
  settle();
  return up();
}

std::vector<Request> Node::die() {
  if (process_) {
    process_->kill();
  }
  owner_.reset();
  snapshots_.reset();
  rules_.reset();
  catalogue_.reset();
  stale_.reset();
  log_.reset();
  process_.reset();
  paused_.reset();  // who waits in there has given it up already
  std::vector<Request> waiting(inbox_.begin(), inbox_.end());
  inbox_.clear();
  return waiting;
}

Result<ballotbox::ElectionsView> Node::refresh() {
  if (world_.variant == Variant::never_refresh && stale_) {
    return stale_;
  }
  auto catalogue = catalogue_->caught_up();
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  stale_ = ballotbox::elections_of(*catalogue);
  return stale_;
}

void Node::report_if_broken() {
  if (owner_ && !owner_->health()) {
    world_.history.violations.push_back("an owner broke: " + owner_->health().error().message);
  }
  if (owner_ && !owner_->faults().empty() && !world_.miscounted()) {
    world_.history.violations.push_back("a fault: " + owner_->faults().begin()->second);
  }
}

std::vector<Request> Node::settle() {
  try {
    if (up() && !paused_) {
      // Whether it could be written now does not matter: it is due again.
      [[maybe_unused]] const Status settled = owner_->settle();
      report_if_broken();
    }
    return {};
  } catch (const ProcessDied&) {
    return die();
  }
}

std::vector<Request> Node::snapshot() {
  try {
    if (up() && !paused_ && world_.rng.chance(world_.plan.snapshot_turns)) {
      owner_->snapshot_turn();
    }
    return {};
  } catch (const ProcessDied&) {
    return die();
  }
}

std::vector<Request> Node::take_batch() {
  std::vector<Request> batch;
  while (!inbox_.empty() && batch.size() < world_.plan.batch_votes_max) {
    batch.push_back(std::move(inbox_.front()));
    inbox_.pop_front();
  }
  return batch;
}

Node::Worked Node::work() {
  Worked worked;
  std::vector<Request> batch = take_batch();
  std::vector<ballotbox::CastInput> inputs;
  for (const Request& request : batch) {
    inputs.push_back({request.election, request.token, request.body});
  }
  try {
    if (world_.rng.chance(world_.pauses)) {
      ++pauses_;
      worked.silent = batch;
      paused_ = Paused{std::move(batch), owner_->begin(inputs)};
      return worked;
    }
    auto answers = cast(inputs);
    report_if_broken();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      worked.answered.emplace_back(std::move(batch[i]), std::move(answers[i]));
    }
  } catch (const ProcessDied&) {
    worked.silent = die();
    std::move(batch.begin(), batch.end(), std::back_inserter(worked.silent));
  }
  return worked;
}

Node::Worked Node::wake() {
  Worked worked;
  const Paused paused = *std::exchange(paused_, std::nullopt);
  try {
    if (!paused.begun.records.empty()) {
      owner_->complete(paused.begun.batch, owner_->appender().append(paused.begun.records));
    }
    report_if_broken();
    auto finished = owner_->take_finished();
    check(finished.size() == 1, "a batch by itself waits for no other");
    for (std::size_t i = 0; i < paused.batch.size(); ++i) {
      worked.answered.emplace_back(paused.batch[i], std::move(finished[0].answers[i]));
    }
  } catch (const ProcessDied&) {
    worked.silent = die();
  }
  return worked;
}

std::vector<ballotbox::CastAnswer> Node::cast(const std::vector<ballotbox::CastInput>& inputs) {
  return world_.rng.chance(world_.plan.pipelines) ? cast_pipelined(inputs) : owner_->cast(inputs);
}

// Two batches on their way at once, as a shell with an asynchronous log would do.
std::vector<ballotbox::CastAnswer> Node::cast_pipelined(std::span<const ballotbox::CastInput> inputs) {
  const std::size_t half = inputs.size() / 2;
  const auto first = owner_->begin(inputs.first(half));
  const auto second = owner_->begin(inputs.subspan(half));
  const auto append = [this](const ballotbox::PartitionOwner::Begun& begun) -> Result<Offset> {
    return begun.records.empty() ? Offset{} : owner_->appender().append(begun.records);
  };
  const auto complete = [this](const ballotbox::PartitionOwner::Begun& begun, const Result<Offset>& appended) {
    if (!begun.records.empty()) {
      owner_->complete(begun.batch, appended);
    }
  };
  if (world_.rng.chance(0.5)) {
    const auto first_appended = append(first);
    const auto second_appended = append(second);
    complete(first, first_appended);
    complete(second, second_appended);
  } else {
    complete(first, append(first));
    complete(second, append(second));
  }
  auto finished = owner_->take_finished();
  std::sort(finished.begin(), finished.end(), [](const auto& a, const auto& b) { return a.batch < b.batch; });
  std::vector<ballotbox::CastAnswer> answers;
  for (auto& batch : finished) {
    std::move(batch.answers.begin(), batch.answers.end(), std::back_inserter(answers));
  }
  check(answers.size() == inputs.size(), "every vote is answered once");
  return answers;
}

}  // namespace ostraka::sim
