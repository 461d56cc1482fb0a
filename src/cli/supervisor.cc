#include "cli/supervisor.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "cli/small_file.h"

namespace ostraka::cli {
namespace {

constexpr Milliseconds k_ready_probe_pause{20};

Milliseconds between(MonotonicTime from, MonotonicTime to) {
  return std::chrono::ceil<Milliseconds>(to - from);
}

// Waits for a child of this process, at most so long. The wait status, or nothing.
std::optional<int> wait_for_child(int pid, Milliseconds at_most, const Clock& clock) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  const MonotonicTime deadline = clock.monotonic_now() + at_most;
  while (true) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) {
      return status;
    }
    const Milliseconds left = between(clock.monotonic_now(), deadline);
    if (left.count() <= 0) {
      return std::nullopt;
    }
    const timespec timeout{left.count() / 1000, (left.count() % 1000) * 1'000'000};
    sigtimedwait(&child_ended, nullptr, &timeout);  // SIGCHLD is blocked, so one that came in between is not missed
  }
}

}  // namespace

Supervisor::Supervisor(Options options, const Clock& clock, service::Metrics& metrics)
    : options_(std::move(options)), clock_(clock) {
  for (const ServiceSpec& spec : options_.services) {
    Service service;
    service.spec = spec;
    const service::Labels labels{{"service", spec.name}};
    service.up = &metrics.gauge("ostraka_service_up", "1 while the service's process runs.", labels);
    service.halted_gauge =
        &metrics.gauge("ostraka_service_halted", "1 when the service stays down until an operator has looked.", labels);
    service.restarts =
        &metrics.counter("ostraka_service_restarts_total", "How often the service was started again.", labels);
    services_.push_back(std::move(service));
  }
  for (const Service& follower : services_) {
    for (const std::string& name : follower.spec.after) {
      const auto awaited =
          std::find_if(services_.begin(), services_.end(), [&](const Service& one) { return one.spec.name == name; });
      check(awaited != services_.end(), "a service comes after one that is not there");
      awaited->is_awaited = true;
    }
  }
}

Supervisor::~Supervisor() {
  stop_all();
}

void Supervisor::start_all() {
  start_what_may();
  write_pids();
}

// True when one was started.
bool Supervisor::start_what_may() {
  bool any = false;
  for (Service& service : services_) {
    if (!service.was_started && may_start(service)) {
      start(service);
      any = true;
    }
  }
  return any;
}

bool Supervisor::may_start(const Service& service) const {
  return std::all_of(service.spec.after.begin(), service.spec.after.end(), [&](const std::string& name) {
    return std::any_of(services_.begin(), services_.end(),
                       [&](const Service& one) { return one.spec.name == name && one.was_ready; });
  });
}

void Supervisor::start(Service& service) {
  service.due.reset();
  service.was_started = true;
  if (!service.spec.management_file.empty()) {
    ::unlink(service.spec.management_file.c_str());  // an earlier process's, which may be somebody else's by now
  }
  service.started = clock_.monotonic_now();
  const auto pid = spawn(service.spec, options_.surroundings);
  if (!pid) {
    spdlog::error("{}", pid.error().message);
    service.due = service.started + service.pauses.next(Milliseconds(0));
    return;
  }
  service.pid = *pid;
  service.up->set(1);
  spdlog::info("{} runs as process {}", service.spec.name, *pid);
}

void Supervisor::tend() {
  bool changed = false;
  for (Service& service : services_) {
    int status = 0;
    if (service.pid != 0 && waitpid(service.pid, &status, WNOHANG) == service.pid) {
      bury(service, status);
      changed = true;
    }
    if (service.due && *service.due <= clock_.monotonic_now()) {
      service.restarts->add();
      start(service);
      changed = true;
    }
    if (service.is_awaited && !service.was_ready && service.pid != 0) {
      service.was_ready = options_.is_ready(service.spec);
    }
  }
  if (start_what_may() || changed) {
    write_pids();
  }
}

void Supervisor::bury(Service& service, int wait_status) {
  const Ending ending = ending_of(wait_status);
  const MonotonicTime now = clock_.monotonic_now();
  service.up->set(0);
  spdlog::error("{} (process {}) {}", service.spec.name, service.pid, describe(ending));
  service.pid = 0;
  const Verdict verdict = judge(ending);
  if (verdict != Verdict::restart) {
    service.halted_gauge->set(1);
    halted_.store(true);
    spdlog::critical("{}", advice(verdict, {service.spec.name, options_.data_directory}));
    return;
  }
  const Milliseconds pause = service.pauses.next(between(service.started, now));
  service.due = now + pause;
  spdlog::warn("{} is started again {}", service.spec.name,
               pause.count() == 0 ? "at once" : fmt::format("in {} ms", pause.count()));
}

std::optional<Milliseconds> Supervisor::next_due() const {
  std::optional<Milliseconds> soonest;
  for (const Service& service : services_) {
    if (service.is_awaited && !service.was_ready && service.pid != 0) {
      soonest = std::min(soonest.value_or(k_ready_probe_pause), k_ready_probe_pause);
    }
    if (service.due) {
      const Milliseconds in = std::max(Milliseconds(0), between(clock_.monotonic_now(), *service.due));
      soonest = std::min(soonest.value_or(in), in);
    }
  }
  return soonest;
}

void Supervisor::stop_all() {
  for (Service& service : services_) {
    service.due.reset();
  }
  for (const std::string& name : options_.stopping) {
    for (Service& service : services_) {
      if (service.spec.name == name && service.pid != 0) {
        stop(service);
        write_pids();
      }
    }
  }
}

void Supervisor::stop(Service& service) {
  spdlog::info("stopping {}", service.spec.name);
  kill(service.pid, SIGTERM);
  auto status = wait_for_child(service.pid, options_.stop_deadline, clock_);
  if (!status) {
    spdlog::warn("{} did not stop within {} ms: killed", service.spec.name, options_.stop_deadline.count());
    kill(service.pid, SIGKILL);
    int killed = 0;
    waitpid(service.pid, &killed, 0);
    status = killed;
  }
  const Ending ending = ending_of(*status);
  if (ending.kind == Ending::Kind::killed || ending.number != 0) {
    spdlog::warn("{} {}", service.spec.name, describe(ending));
  }
  service.pid = 0;
  service.up->set(0);
}

void Supervisor::write_pids() const {
  nlohmann::json pids = nlohmann::json::object();
  for (const Service& service : services_) {
    if (service.pid != 0) {
      pids[service.spec.name] = service.pid;
    }
  }
  if (const auto written = replace_file({.path = options_.pids_path}, pids.dump() + "\n"); !written) {
    spdlog::error("{}", written.error().message);
  }
}

}  // namespace ostraka::cli
