// Loads a snapshot on a thread of its own, beside what else a start has to do before it can use it.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <utility>

#include "snapshot/source.h"

namespace ostraka::snapshot {

// Gives the pieces of `open` until `stop` is set, then an error. `stop` outlives what it opens.
OpenSource until(const std::atomic<bool>& stop, OpenSource open);

template <class Loaded>
class Loading {
 public:
  // `load` runs on the new thread.
  Loading(OpenSource open, std::function<Loaded(const OpenSource&)> load)
      : loaded_(std::async(std::launch::async, std::move(load), until(stop_, std::move(open)))) {}
  // Does not wait for the rest of it.
  ~Loading() {
    stop_ = true;
    if (loaded_.valid()) {
      loaded_.wait();
    }
  }
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

  // Waits for the end. Once.
  Loaded take() { return loaded_.get(); }

 private:
  std::atomic<bool> stop_{false};
  std::future<Loaded> loaded_;
};

}  // namespace ostraka::snapshot
