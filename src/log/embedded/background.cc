#include "log/embedded/background.h"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace ostraka::log {

struct Background::State {
  explicit State(Milliseconds given) : period(given) {}
  const Milliseconds period;
  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::vector<std::weak_ptr<BackgroundTask>> tasks;
  bool hurry = false;
  bool stopping = false;
};

Background::Background(Milliseconds period) : state_(std::make_shared<State>(period)) {}

Background::~Background() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (!thread_.joinable()) {
    return;
  }
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Background::add(std::weak_ptr<BackgroundTask> task) {
  const std::lock_guard lock(state_->mutex);
  state_->tasks.push_back(std::move(task));
  if (!thread_.joinable()) {
    thread_ = std::thread([state = state_] { run(state); });
  }
}

void Background::hurry() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->hurry = true;
  }
  state_->changed.notify_all();
}

void Background::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->stopping) {
    state->changed.wait_for(lock, state->period, [&] { return state->stopping || state->hurry; });
    if (state->stopping) {
      return;
    }
    state->hurry = false;
    std::erase_if(state->tasks, [](const std::weak_ptr<BackgroundTask>& task) { return task.expired(); });
    const std::vector<std::weak_ptr<BackgroundTask>> tasks = state->tasks;
    lock.unlock();
    for (const std::weak_ptr<BackgroundTask>& weak : tasks) {
      if (const std::shared_ptr<BackgroundTask> task = weak.lock()) {
        task->work();
      }
    }
    lock.lock();
  }
}

}  // namespace ostraka::log
