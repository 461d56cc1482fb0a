#include "live_results/process_usage.h"

#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "live_results/socket.h"

namespace ostraka::bench {

namespace {

double cpu_seconds(const std::string& directory) {
  std::ifstream file(directory + "/stat");
  std::string line;
  if (!std::getline(file, line)) {
    give_up(fmt::format("{} is gone", directory));
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

double resident_mib(const std::string& directory) {
  std::ifstream file(directory + "/statm");
  double size_pages = 0;
  double resident_pages = 0;
  file >> size_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

// Whatever kept any core busy, also where it belongs to no process, or to another machine (steal).
double machine_cpu_seconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, soft_interrupts = 0, stolen = 0;
  file >> name >> user >> nice >> system >> idle >> waiting >> interrupts >> soft_interrupts >> stolen;
  return (user + nice + system + interrupts + soft_interrupts + stolen) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessUsage::ProcessUsage(const std::vector<std::string>& processes) {
  for (const std::string& process : processes) {
    const std::size_t equals = process.find('=');
    if (equals == std::string::npos) {
      give_up(fmt::format("'{}' is not NAME=PID", process));
    }
    directories_[process.substr(0, equals)] = "/proc/" + process.substr(equals + 1);
  }
  directories_["load generator"] = "/proc/self";
}

std::map<std::string, Usage> ProcessUsage::now() const {
  std::map<std::string, Usage> usage;
  for (const auto& [name, directory] : directories_) {
    usage[name] = {cpu_seconds(directory), resident_mib(directory)};
  }
  usage["machine"] = {.cpu_seconds = machine_cpu_seconds()};
  return usage;
}

}  // namespace ostraka::bench
