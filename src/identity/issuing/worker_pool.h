// A fixed number of threads and one bounded queue of jobs. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_function.h"

namespace ostraka::identity {

inline constexpr std::size_t k_queued_jobs_max = 512;  // a job is a batch of up to some hundred requests

class WorkerPool {
 public:
  using Job = UniqueFunction<void()>;

  explicit WorkerPool(std::size_t threads);
  // Runs what is queued, then ends the threads.
  ~WorkerPool();

  // False, and the job untouched, when the queue is full.
  [[nodiscard]] bool submit(Job&& job);
  std::size_t queued() const;

 private:
  void run();

  mutable std::mutex mutex_;  // guards everything but the threads
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ostraka::identity
