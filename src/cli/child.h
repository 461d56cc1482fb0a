// Starting one service as a process of its own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace ostraka::cli {

struct ServiceSpec {
  std::string name;
  std::vector<std::string> arguments;  // arguments[0] is the binary
  std::vector<std::string> after{};    // names of the services that have to be ready once before it is started
  std::string management_file{};       // where it writes the address that says whether it is ready
};

struct Surroundings {
  std::string logs_directory;  // NAME.log there takes its stdout and stderr, appended
  int inherited_descriptor;    // stays open in the child: the lock that says a service is still there
};

// Starts it and returns its process id. The child dies with the thread that called this (so call it from the main
// thread), has a process group of its own (Ctrl-C in a terminal reaches the supervisor alone, which stops the services
// in order), default signals, and an environment without OSTRAKA_… (what the services need they get as flags). A binary
// that cannot be run shows as exit code 127. Errors: unavailable.
Result<int> spawn(const ServiceSpec& spec, const Surroundings& surroundings);

}  // namespace ostraka::cli
