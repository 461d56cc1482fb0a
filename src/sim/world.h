// A whole system in one thread, from one seed: clocks, disks, a log, ballot boxes, an elections service, a network that
// loses things, and voters who ask twice.
//
// How a run goes: elections are defined and opened, moved and closed while voters vote and everything breaks at the
// plan's rate. Then the finale: no more faults, everybody comes back, every voter asks once more and must be told the
// truth, everything is closed, everyone asks again. Then the power is cut a last time, and checkers.h holds what the
// log says against every answer that was given.
//
// How it grows: a process is an object with start(), die() and work(), and everything between processes is an event, so
// a gateway, a tally or a fencing broker is one more class here; another log is one more Backend; another misfortune is
// one more odd in plan.h and one more event here. Two owners of one partition at a time exist already, on the log with
// many writers.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/elections_service.h"
#include "sim/events.h"
#include "sim/following_tally.h"
#include "sim/node.h"
#include "sim/observer.h"
#include "sim/voters.h"

namespace ostraka::sim {

class World {
 public:
  explicit World(const RunOptions& options);

  void run();

  const Plan& plan() const { return plan_; }
  History& history() { return history_; }
  // After run(): the durable log, and the last owner of each partition.
  const std::vector<std::vector<std::string>>& logs() const { return logs_; }
  const std::vector<std::unique_ptr<Node>>& owners() const { return nodes_; }
  const FollowingTally& tally() const { return tally_; }

 private:
  // How things were when a batch was taken up, which may be long before it is answered.
  struct TakenUp {
    Offset elections_end;
    std::map<std::string, std::uint64_t> revisions;
    Milliseconds clock_off{0};
  };

  void plan_elections();
  void plan_election(std::uint32_t number);
  // Gives the command, and again until it is done.
  void command(std::function<bool()> order);
  void plan_misfortunes();
  void every(double per_second, std::function<void()> misfortune);

  void miscount();
  void run_partitions(std::uint32_t count);

  void send(Request request);
  void arrive_in(Milliseconds delay, Request request);
  Milliseconds time_on_the_way();
  void arrive(Request request);
  void plan_work(Node& node);
  void work(Node& node);
  void worked(Node& node, Node::Worked worked, const TakenUp& taken_up);
  void answered(const Node& node, const Request& request, ballotbox::CastAnswer answer, const TakenUp& taken_up);
  void silent(std::vector<Request> requests);

  void plan_settling(Node& node);
  void settle(Node& node);
  void plan_start(Node& node, Milliseconds delay);
  void die(Node& node);
  void lose_power();
  void reboot_if_wanted();
  void take_over();
  std::vector<Node*> up_nodes(Partition partition);

  void plan_tally_start(Milliseconds delay);
  void plan_tally_step();
  void kill_tally();
  bool tally_may_start();
  void audit_crash();
  void tally_to_the_end();

  void finale();
  void everyone_asks();
  void order_to_close(const std::string& id);

  RunOptions options_;
  Rng rng_;
  Plan plan_;
  TrueTime time_;
  Events events_{time_};
  History history_;
  std::unique_ptr<Backend> backend_;
  NodeWorld node_world_;
  ElectionsService elections_;
  Observer observer_;
  Voters voters_;
  FollowingTally tally_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::set<Partition> awaited_;  // lost power, and have had no owner since
  bool quiet_ = false;           // no more faults
  bool at_rest_ = false;         // and nothing from before is on its way
  std::vector<std::vector<std::string>> logs_;
};

}  // namespace ostraka::sim
