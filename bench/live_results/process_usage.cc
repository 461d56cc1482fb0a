#include "live_results/process_usage.h"

#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "live_results/socket.h"

namespace ostraka::bench {

namespace {

constexpr std::chrono::seconds k_usage_interval{1};

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

UsageFigures& UsageFigures::operator+=(const UsageFigures& later) {
  seconds += later.seconds;
  for (const auto& [name, more] : later.processes) {
    const auto [found, is_new] = processes.try_emplace(name, more);
    if (!is_new) {
      found->second.cpu_seconds += more.cpu_seconds;
      found->second.resident_mib_last = more.resident_mib_last;
      found->second.resident_mib_max = std::max(found->second.resident_mib_max, more.resident_mib_max);
    }
  }
  return *this;
}

void UsageOverTime::begin() {
  first_ = usage_.now();
  begun_ = std::chrono::steady_clock::now();
  figures_ = {};
  look();
}

void UsageOverTime::look_if_due() {
  if (std::chrono::steady_clock::now() - seen_ >= k_usage_interval) {
    look();
  }
}

UsageFigures UsageOverTime::figures() {
  look();
  return figures_;
}

void UsageOverTime::look() {
  seen_ = std::chrono::steady_clock::now();
  figures_.seconds = std::chrono::duration<double>(seen_ - begun_).count();
  for (const auto& [name, now] : usage_.now()) {
    const Usage& first = first_[name];
    UsageFigures::Process& process = figures_.processes[name];
    process = {.cpu_seconds = now.cpu_seconds - first.cpu_seconds,
               .resident_mib_first = first.resident_mib,
               .resident_mib_last = now.resident_mib,
               .resident_mib_max = std::max(process.resident_mib_max, now.resident_mib)};
  }
}

}  // namespace ostraka::bench
