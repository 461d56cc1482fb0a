#include "sim/world.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/check.h"
#include "sim/audit.h"
#include "sim/embedded_backend.h"
#include "sim/foreign_records.h"
#include "sim/late_votes.h"
#include "sim/memory_log.h"

namespace ostraka::sim {
namespace {

constexpr Milliseconds k_length{6000};
constexpr Milliseconds k_settling_every{100};
constexpr Milliseconds k_silence{40};  // after which a voter gives an answer up
constexpr std::size_t k_owners_of_a_partition_max = 3;
constexpr std::uint64_t k_audited_crashes_max = 2;  // an audit costs as much as some seconds of a run

std::unique_ptr<Backend> make_backend(const Plan& plan, const RunOptions& options, Rng& rng) {
  const bool early = options.variant == Variant::answer_before_sync;
  if (plan.backend == BackendKind::embedded) {
    return make_embedded_backend(rng, early ? Syncs::lying : Syncs::honest);
  }
  const bool many = plan.backend == BackendKind::memory_many_writers;
  return std::make_unique<MemoryBackend>(rng, many ? Writers::many : Writers::one,
                                         early ? AppendReturns::before_durable : AppendReturns::when_durable);
}

}  // namespace

World::World(const RunOptions& options)
    : options_(options),
      rng_(options.seed),
      plan_(Plan::draw(options, rng_)),
      backend_(make_backend(plan_, options, rng_)),
      node_world_{*backend_, time_, rng_, history_, plan_, options.variant, {}, {{"key", std::string(32, 'k')}}, {},
                  plan_.partitions, plan_.pauses},
      elections_(*backend_, time_, history_, plan_.partitions, options.variant),
      observer_(*backend_, time_, history_, plan_.partitions),
      voters_(
          plan_, rng_, events_, time_, history_, node_world_.token_keys[0],
          [this](const std::string& election) {
            const auto entry = elections_.find(election);
            return entry ? entry->revision : 0;
          },
          [this](Request request) { send(std::move(request)); }),
      tally_(node_world_) {}

void World::run() {
  observer_.start();
  for (std::uint32_t partition = 0; partition < plan_.partitions; ++partition) {
    nodes_.push_back(std::make_unique<Node>(node_world_, Partition{partition}));
  }
  plan_elections();
  backend_->set_odds(plan_.odds);
  for (const auto& node : nodes_) {
    plan_start(*node, Milliseconds(rng_.between(0, 50)));
    plan_settling(*node);
  }
  plan_tally_start(Milliseconds(rng_.between(0, 1000)));
  plan_tally_step();
  plan_misfortunes();
  if (plan_.miscounts) {
    events_.in(Milliseconds(rng_.between(500, 3500)), [this] { miscount(); });
  }
  voters_.start(k_length - std::chrono::seconds(1));
  events_.run_until(k_length);
  finale();
}

void World::reboot_if_wanted() {
  if (backend_->wants_reboot()) {
    lose_power();
  }
}

void World::command(std::function<bool()> order) {
  reboot_if_wanted();
  if (!order()) {
    events_.in(Milliseconds(rng_.between(10, 100)), [this, order = std::move(order)] { command(order); });
  }
}

void World::plan_elections() {
  for (std::uint32_t number = 0; number < plan_.elections; ++number) {
    plan_election(number);
  }
}

void World::plan_election(std::uint32_t number) {
  const char* rest_of_id = plan_.long_ids ? "-of-the-board-of-the-allotments-behind-the-railway" : "";
  const std::string id = fmt::format("election-{}{}", number, rest_of_id);
  const auto method = static_cast<Method>(rng_.below(4));
  const auto some_end = [this]() -> std::optional<WallTime> {
    return rng_.chance(0.3) ? std::nullopt : std::optional(time_.wall() + Milliseconds(rng_.between(500, 6000)));
  };
  for (std::uint32_t voter = 0; voter < plan_.voters_per_election; ++voter) {
    voters_.add(id, method);
  }
  const auto at = [this](std::int64_t low, std::int64_t high, std::function<void()> what) {
    events_.in(Milliseconds(rng_.between(low, high)), std::move(what));
  };
  const auto end = some_end();
  at(0, 300, [=, this] { command([=, this] { return elections_.define(id, method, "First", end); }); });
  if (rng_.chance(0.3)) {
    // A draft may still change; tokens of the old revision must not get through. Behind the opening it changes nothing.
    at(300, 1500, [=, this] {
      const auto entry = elections_.find(id);
      if (entry && !ballotbox::has_opened(*entry)) {
        elections_.define(id, method, "Second", end);
      }
    });
  }
  at(100, 2500, [=, this] { command([=, this] { return elections_.open(id); }); });
  if (rng_.chance(0.4)) {
    at(1500, 5000, [=, this] { elections_.move_end(id, some_end()); });
  }
  if (rng_.chance(0.3)) {
    at(2000, 6000, [=, this] { command([=, this] { return elections_.close(id); }); });
  }
}

void World::every(double per_second, std::function<void()> misfortune) {
  if (per_second <= 0) {
    return;
  }
  const auto mean_ms = static_cast<std::int64_t>(1000 / per_second);
  events_.in(Milliseconds(rng_.between(1, 2 * mean_ms)), [=, this] {
    if (!quiet_) {
      misfortune();
      every(per_second, misfortune);
    }
  });
}

void World::plan_misfortunes() {
  every(plan_.kills_per_second, [this] { die(*nodes_[rng_.below(nodes_.size())]); });
  every(plan_.power_losses_per_second, [this] { lose_power(); });
  every(plan_.tally_kills_per_second, [this] { kill_tally(); });
  every(plan_.clock_jumps_per_second, [this] {
    const auto by = Milliseconds(rng_.between(3000, 3'600'000));
    nodes_[rng_.below(nodes_.size())]->jump_clock(rng_.chance(0.7) ? by : -by);
  });
  if (plan_.backend == BackendKind::memory_many_writers) {
    every(plan_.takeovers_per_second, [this] { take_over(); });
    every(plan_.foreign_writes_per_second, [this] {
      write_foreign_records(*backend_, Partition{static_cast<std::uint32_t>(rng_.below(plan_.partitions))},
                            plan_.partitions, rng_, history_);
    });
  }
}

// Another owner of a partition, started by somebody who believed the first one dead.
void World::take_over() {
  const Partition partition{static_cast<std::uint32_t>(rng_.below(plan_.partitions))};
  const auto owners = static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [&](const auto& node) { return node->partition() == partition; }));
  if (owners < k_owners_of_a_partition_max) {
    nodes_.push_back(std::make_unique<Node>(node_world_, partition));
    plan_start(*nodes_.back(), Milliseconds(1));
    plan_settling(*nodes_.back());
  }
}

// The operator starts the ballot boxes, and the gateways, with a number of partitions that the open elections do not
// have, and notices after a while.
void World::miscount() {
  ++history_.miscounts;
  const auto other = static_cast<std::uint32_t>(rng_.between(1, 3));
  run_partitions(other < plan_.partitions ? other : other + 1);
  events_.in(Milliseconds(rng_.between(300, 1500)), [this] { run_partitions(plan_.partitions); });
}

void World::run_partitions(std::uint32_t count) {
  node_world_.running_partitions = count;
  for (const auto& node : nodes_) {
    die(*node);
  }
}

void World::plan_start(Node& node, Milliseconds delay) {
  events_.in(delay, [this, &node] {
    reboot_if_wanted();
    if (node.up()) {
      return;
    }
    // As PartitionOwner::start() requires: after a loss of power the elections service is back first.
    if (!elections_.started() || !node.start()) {
      plan_start(node, Milliseconds(rng_.between(5, 200)));
    } else {
      awaited_.erase(node.partition());
    }
    observer_.look(node.partition());
  });
}

void World::plan_settling(Node& node) {
  events_.in(k_settling_every, [this, &node] {
    settle(node);
    if (!quiet_) {
      plan_settling(node);
    }
  });
}

void World::settle(Node& node) {
  const bool was_up = node.up();
  silent(node.settle());
  silent(node.snapshot());
  observer_.look(node.partition());
  if (was_up && !node.up()) {
    plan_start(node, Milliseconds(rng_.between(5, 200)));
  }
}

void World::die(Node& node) {
  if (node.up()) {
    silent(node.die());
    plan_start(node, Milliseconds(rng_.between(5, 200)));
    audit_crash();
  }
}

void World::lose_power() {
  observer_.power_lost();
  kill_tally();
  elections_.power_lost();
  backend_->lose_power();
  for (std::uint32_t partition = 0; partition < plan_.partitions; ++partition) {
    awaited_.insert(Partition{partition});
  }
  for (const auto& node : nodes_) {
    die(*node);
  }
  observer_.start();
  audit_crash();
}

void World::plan_tally_start(Milliseconds delay) {
  events_.in(delay, [this] {
    if (!tally_.up() && (!tally_may_start() || !tally_.start())) {
      plan_tally_start(Milliseconds(rng_.between(5, 200)));
    }
  });
}

// After a loss of power the writers are back first: until its writer has been, a partition of the embedded log does not
// show a last batch that nothing proves yet, and what was published of it would go back.
bool World::tally_may_start() {
  if (backend_->wants_reboot()) {
    return false;
  }
  return options_.variant == Variant::tally_ahead_of_writers || (awaited_.empty() && elections_.started());
}

void World::plan_tally_step() {
  events_.in(Milliseconds(rng_.between(20, 150)), [this] {
    if (tally_.up()) {
      tally_.step(static_cast<std::size_t>(rng_.between(1, 4)));
      if (!tally_.up()) {
        plan_tally_start(Milliseconds(rng_.between(5, 200)));  // it died in a snapshot
      }
    }
    plan_tally_step();
  });
}

void World::kill_tally() {
  if (tally_.up()) {
    tally_.die();
    plan_tally_start(Milliseconds(rng_.between(5, 200)));
  }
}

void World::audit_crash() {
  if (!quiet_ && history_.audits < k_audited_crashes_max && !backend_->wants_reboot() &&
      rng_.chance(plan_.audited_crashes)) {
    history_.audits += audit(node_world_, elections_.end()) ? 1 : 0;
  }
}

void World::tally_to_the_end() {
  if (!tally_.up()) {
    history_.violations.push_back("without faults the tally is up");
    return;
  }
  tally_.catch_up();
}

void World::send(Request request) {
  request.quiet = at_rest_;
  if (!quiet_ && rng_.chance(plan_.request_lost)) {
    silent({std::move(request)});
    return;
  }
  if (!quiet_ && rng_.chance(plan_.request_repeated)) {
    arrive_in(time_on_the_way(), request);
  }
  const Milliseconds delay = time_on_the_way();
  if (delay > k_silence) {
    silent({request});
  }
  arrive_in(delay, std::move(request));
}

void World::arrive_in(Milliseconds delay, Request request) {
  events_.in(delay, [this, request = std::move(request)]() mutable { arrive(std::move(request)); });
}

Milliseconds World::time_on_the_way() {
  const bool late = !quiet_ && rng_.chance(plan_.message_late);
  return Milliseconds(late ? rng_.between(50, 3000) : rng_.between(0, 20));
}

std::vector<Node*> World::up_nodes(Partition partition) {
  std::vector<Node*> up;
  for (const auto& node : nodes_) {
    if (node->up() && node->partition() == partition) {
      up.push_back(node.get());
    }
  }
  return up;
}

void World::arrive(Request request) {
  Partition partition = partition_of(request.voter, node_world_.running_partitions);
  if (request.kind == RequestKind::misrouted) {
    partition.value = (partition.value + 1) % node_world_.running_partitions;
  }
  const auto up = up_nodes(partition);
  if (up.empty()) {
    silent({std::move(request)});
    return;
  }
  Node& node = *up[rng_.below(up.size())];
  node.receive(std::move(request));
  plan_work(node);
}

void World::plan_work(Node& node) {
  events_.in(Milliseconds(rng_.between(1, plan_.work_ms_max)), [this, &node] {
    if (node.has_work()) {
      work(node);
    }
  });
}

void World::work(Node& node) {
  auto done = node.work();
  TakenUp taken_up{elections_.end(), {}, node.clock_off()};
  for (const auto& [id, facts] : history_.elections) {
    const auto entry = elections_.find(id);
    taken_up.revisions[id] = entry ? entry->revision : 0;
  }
  worked(node, std::move(done), taken_up);
  if (node.paused()) {
    events_.in(Milliseconds(rng_.between(20, 1500)), [this, &node, pause = node.pauses(), taken_up] {
      // Else it died in it.
      if (node.paused() && node.pauses() == pause) {
        ++history_.woken;
        worked(node, node.wake(), taken_up);
      }
    });
  }
}

void World::worked(Node& node, Node::Worked worked, const TakenUp& taken_up) {
  observer_.look(node.partition());
  for (auto& [request, answer] : worked.answered) {
    answered(node, request, std::move(answer), taken_up);
  }
  silent(std::move(worked.silent));
  silent(node.snapshot());
  if (!node.up()) {
    plan_start(node, Milliseconds(rng_.between(5, 200)));
  } else if (node.has_work()) {
    plan_work(node);
  }
}

void World::answered(const Node& node, const Request& request, ballotbox::CastAnswer answer,
                     const TakenUp& taken_up) {
  const auto revision = taken_up.revisions.find(request.election);
  const ballotbox::CastOutcome outcome = answer.outcome;
  history_.note(static_cast<std::uint64_t>(outcome));
  history_.note(answer.offset.value);
  history_.note(request.voter.view());
  history_.answers.push_back({request, std::move(answer), node.partition(), observer_.end(node.partition()),
                              taken_up.elections_end, revision == taken_up.revisions.end() ? 0 : revision->second,
                              taken_up.clock_off});
  if (!quiet_ && rng_.chance(plan_.reply_lost)) {
    silent({request});
    return;
  }
  events_.in(time_on_the_way(), [this, request, outcome] { voters_.on_reply(request, outcome); });
}

void World::silent(std::vector<Request> requests) {
  for (Request& request : requests) {
    events_.in(k_silence, [this, request = std::move(request)] { voters_.on_silence(request); });
  }
}

void World::everyone_asks() {
  voters_.ask_all();
  events_.run_until(time_.elapsed + std::chrono::seconds(2));
}

void World::order_to_close(const std::string& id) {
  // The first try may find that its process has died.
  constexpr int k_tries_max = 3;
  for (int tries = 0; tries < k_tries_max; ++tries) {
    if (elections_.open(id) && elections_.close(id)) {
      return;
    }
  }
  history_.violations.push_back("without faults a command is done at once: close " + id);
}

void World::finale() {
  voters_.retire();
  quiet_ = true;
  node_world_.pauses = 0;
  backend_->set_odds({});
  // What is still on its way comes to rest, and the clocks are put right by restarts.
  events_.run_until(time_.elapsed + std::chrono::seconds(1));
  lose_power();
  events_.run_until(time_.elapsed + std::chrono::seconds(1));
  at_rest_ = true;
  everyone_asks();
  for (const auto& [id, facts] : history_.elections) {
    order_to_close(id);
  }
  for (const auto& node : nodes_) {
    settle(*node);
  }
  everyone_asks();
  tally_to_the_end();
  for (const auto& [id, counts] : tally_.published().latest()) {
    history_.final_before_late_votes += all_closed(counts) ? 1 : 0;
  }
  // Owners that lived side by side may each have written behind the other's back: all of them read to the end once
  // more, behind votes that came too late.
  lose_power();
  history_.late_votes = cast_late_votes(*backend_, plan_.partitions, history_);
  events_.run_until(time_.elapsed + std::chrono::seconds(1));
  for (std::uint32_t partition = 0; partition < plan_.partitions; ++partition) {
    logs_.push_back(Observer::read_all(*backend_, Partition{partition}, history_));
    for (const std::string& record : logs_.back()) {
      history_.note(record);
    }
  }
  tally_to_the_end();
  if (audit(node_world_, elections_.end())) {
    ++history_.audits;
  } else {
    history_.violations.push_back("without faults the log can be audited");
  }
}

}  // namespace ostraka::sim
