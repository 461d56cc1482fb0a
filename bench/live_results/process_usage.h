// What the processes under test have used, from /proc.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace ostraka::bench {

struct Usage {
  double cpu_seconds = 0;  // user and system
  double resident_mib = 0;
};

// By name, as given on the command line; besides the load generator itself, and "machine": all that kept a core busy, so
// that a figure from a machine which others used can be told. A process that is gone ends the program.
class ProcessUsage {
 public:
  // Each NAME=PID.
  explicit ProcessUsage(const std::vector<std::string>& processes);
  std::map<std::string, Usage> now() const;

 private:
  std::map<std::string, std::string> directories_;  // /proc/PID
};

// What the processes used over one stretch of time, or several.
struct UsageFigures {
  struct Process {
    double cpu_seconds = 0;
    double resident_mib_first = 0;
    double resident_mib_last = 0;
    double resident_mib_max = 0;
  };
  double seconds = 0;
  std::map<std::string, Process> processes;

  // One that came later.
  UsageFigures& operator+=(const UsageFigures& later);
};

// Looks now and then, once a second.
class UsageOverTime {
 public:
  explicit UsageOverTime(const ProcessUsage& usage) : usage_(usage) { begin(); }

  void begin();
  void look_if_due();
  // Since begin().
  UsageFigures figures();

 private:
  void look();

  const ProcessUsage& usage_;
  UsageFigures figures_;
  std::map<std::string, Usage> first_;
  std::chrono::steady_clock::time_point begun_, seen_;
};

}  // namespace ostraka::bench
