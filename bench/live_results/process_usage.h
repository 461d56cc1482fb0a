// What the processes under test have used, from /proc.
#pragma once

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

}  // namespace ostraka::bench
