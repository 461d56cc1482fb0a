// How much processor time the services spend while they are under load, also when some are restarted meanwhile.
#pragma once

#include <map>
#include <string>

namespace ostraka::load {

using Pids = std::map<std::string, int>;  // by service

// User and system time of a process so far; 0 when it is gone.
double cpu_seconds(int pid);

// A process that ends takes what it spent since the last look along.
class ServicesUsage {
 public:
  // From now on counts.
  explicit ServicesUsage(const Pids& pids);
  void look(const Pids& pids);
  std::map<std::string, double> seconds() const;

 private:
  struct Process {
    std::string service;
    double first = 0;
    double last = 0;
  };
  std::map<int, Process> processes_;
};

}  // namespace ostraka::load
