#include "load/process_usage.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace ostraka::load {

double cpu_seconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) {
    return 0;
  }
  // Behind the name, which may hold anything: state, then ten numbers, then user and system time.
  std::istringstream rest(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) {
    rest >> skipped;
  }
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

ServicesUsage::ServicesUsage(const Pids& pids) {
  for (const auto& [service, pid] : pids) {
    const double now = cpu_seconds(pid);
    processes_[pid] = {service, now, now};
  }
}

void ServicesUsage::look(const Pids& pids) {
  for (const auto& [service, pid] : pids) {
    Process& process = processes_[pid];
    process.service = service;
    process.last = std::max(process.last, cpu_seconds(pid));
  }
}

std::map<std::string, double> ServicesUsage::seconds() const {
  std::map<std::string, double> seconds;
  for (const auto& [pid, process] : processes_) {
    seconds[process.service] += process.last - process.first;
  }
  return seconds;
}

}  // namespace ostraka::load
