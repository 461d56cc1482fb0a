#include "cli/child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>

#include "io/descriptor.h"
#include "service/process.h"

namespace ostraka::cli {
namespace {

constexpr int k_exit_exec_failed = 127;

// Pointers into the strings, and the null that exec wants behind them.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& one : strings) {
    out.push_back(const_cast<char*>(one.c_str()));
  }
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> clean_environment() {
  std::vector<std::string> kept;
  for (char** at = environ; *at != nullptr; ++at) {
    if (strncmp(*at, "OSTRAKA_", 8) != 0) {
      kept.emplace_back(*at);
    }
  }
  return kept;
}

struct Image {
  char* const* arguments;
  char* const* environment;
  int nothing;  // stdin
  int log;      // stdout and stderr
  int inherited;
  int parent;
};

// Between fork and exec in a process with threads: async-signal-safe calls only.
[[noreturn]] void become(const Image& image) {
  service::end_with_parent(image.parent);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(image.nothing, STDIN_FILENO);
  dup2(image.log, STDOUT_FILENO);
  dup2(image.log, STDERR_FILENO);
  fcntl(image.inherited, F_SETFD, 0);
  execve(image.arguments[0], image.arguments, image.environment);
  static constexpr char k_message[] = "the binary cannot be run\n";
  [[maybe_unused]] const auto told = write(STDERR_FILENO, k_message, sizeof k_message - 1);
  _exit(k_exit_exec_failed);
}

}  // namespace

Result<int> spawn(const ServiceSpec& spec, const Surroundings& surroundings) {
  const std::string log_path = surroundings.logs_directory + "/" + spec.name + ".log";
  const io::Descriptor log(open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const io::Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (log.get() < 0 || nothing.get() < 0) {
    return fail(ErrorKind::unavailable, "{}: {}", log_path, strerrordesc_np(errno));
  }
  const auto environment = clean_environment();
  const auto argument_pointers = pointers(spec.arguments);
  const auto environment_pointers = pointers(environment);
  const Image image{argument_pointers.data(),
                    environment_pointers.data(),
                    nothing.get(),
                    log.get(),
                    surroundings.inherited_descriptor,
                    getpid()};
  const int pid = fork();
  if (pid == 0) {
    become(image);
  }
  if (pid < 0) {
    return fail(ErrorKind::unavailable, "no process for {}: {}", spec.name, strerrordesc_np(errno));
  }
  return pid;
}

}  // namespace ostraka::cli
