// A client on a thread of its own, for whoever is not on an io_context's thread.
#pragma once

#include <optional>
#include <utility>

#include "net/batch/client.h"
#include "net/batch/io_thread.h"

namespace ostraka::batch {

// Thread-safe. Requests are handed over one by one, which costs more than being on the thread: for load and tests.
template <class Traits>
class ThreadedClient {
 public:
  using Time = typename Client<Traits>::Time;
  using Done = typename Client<Traits>::Done;

  explicit ThreadedClient(const StreamsAddress& address, ClientOptions options = {}) {
    thread_.run([&] { client_.emplace(thread_.io(), address, options); });
  }
  // Everything unanswered gets null.
  ~ThreadedClient() {
    thread_.run([this] { client_.reset(); });
  }

  // REQUIRES: the request owns its bytes: it goes to another thread. `done` gets null also when too much is waiting already. It runs on the client's thread.
  void submit(typename Traits::Request request, Time deadline, Done done) {
    thread_.post([this, request = std::move(request), deadline, done = std::move(done)]() mutable {
      if (!client_->submit(request, deadline, std::move(done))) {
        done(nullptr);
      }
    });
  }
  // What was submitted leaves now, if there is room.
  void flush() {
    thread_.post([this] { client_->flush(); });
  }

  ClientCounters counters() const { return client_->counters(); }

 private:
  std::optional<Client<Traits>> client_;  // the thread's
  IoThread thread_;
};

}  // namespace ostraka::batch
