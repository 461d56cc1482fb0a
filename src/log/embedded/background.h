// The thread behind an embedded log: prepares the next segments while the writers go on, and seals idle partitions.
#pragma once

#include <memory>
#include <thread>

#include "base/clock.h"

namespace ostraka::log {

// Something that has work to do now and then. Held weakly: whoever is gone has none.
class BackgroundTask {
 public:
  virtual ~BackgroundTask() = default;
  virtual void work() = 0;
};

// Thread-safe. The thread starts with the first task and ends with the object, which waits for it (unless it is the
// thread itself that drops the last reference to the object, out of a task).
class Background {
 public:
  explicit Background(Milliseconds period);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background();

  void add(std::weak_ptr<BackgroundTask> task);

  // Runs every task soon, not only after the period.
  void hurry();

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // the thread's too: it may outlive the object
  std::thread thread_;            // guarded by the state's mutex
};

}  // namespace ostraka::log
