// Follows the `elections` stream and keeps the catalogue. Every service has one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_function.h"
#include "election/catalogue.h"
#include "log/log.h"

namespace ostraka::service {

// Who may wait for one reading of the stream.
inline constexpr std::size_t k_waiting_max = 10'000;

// Thread-safe. A record that cannot be applied ends the process: a service that does not know the elections can only
// do harm. A log that cannot be read now does not: what was read stays, and it is tried again.
class ElectionsFollower {
 public:
  using OnChange = std::function<void(const std::shared_ptr<const election::Catalogue>&)>;

  // Reads the stream to its present end before it returns. `on_change` runs after every change, in order, on the thread
  // that read it (the following one, or a caller of caught_up): it must be quick and must not call back.
  static Result<std::unique_ptr<ElectionsFollower>> start(log::Log& log, OnChange on_change = {});
  ~ElectionsFollower();

  // What has been read so far; never blocks.
  std::shared_ptr<const election::Catalogue> now() const;

  // Reads to the stream's present durable end first, so that nothing that was answered to anyone before this call is
  // missing. Cheap when there is nothing new and the log is this machine's; else it waits for a broker, perhaps long:
  // not for threads that serve others meanwhile. Errors: what reading gives.
  Result<std::shared_ptr<const election::Catalogue>> caught_up();

  // The same for those: `then` runs at once where that is cheap, else on a thread of the follower's. Whoever asks while
  // the stream is being read shares the next reading; beyond k_waiting_max it is unavailable at once.
  using Then = UniqueFunction<void(Result<std::shared_ptr<const election::Catalogue>>)>;
  void when_caught_up(Then then);

 private:
  enum class Reading { is_cheap, may_take_long };
  ElectionsFollower(std::unique_ptr<log::Reader> reader, std::unique_ptr<log::Reader> waiter, OnChange on_change,
                    Reading how);
  void follow();
  Status follow_once();
  void answer_who_waits();
  Status read_to_end();  // REQUIRES: reading_ is held

  std::mutex reading_;  // guards reader_, and the order of changes
  std::unique_ptr<log::Reader> reader_;
  std::unique_ptr<log::Reader> waiter_;  // of the following thread: only waits
  OnChange on_change_;
  std::atomic<std::shared_ptr<const election::Catalogue>> catalogue_;
  const Reading how_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  std::mutex waiting_mutex_;  // guards waiting_
  std::condition_variable somebody_waits_;
  std::vector<Then> waiting_;
  std::thread answering_;  // only where reading may take long
};

}  // namespace ostraka::service
