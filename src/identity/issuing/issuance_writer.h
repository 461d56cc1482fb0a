// The writer of one partition of `issuances`: one thread that owns the appender and writes everything that waits as one
// append. A token is signed only after its record is durable, so whoever holds a token is on the log.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_function.h"
#include "identity/issuing/signing_keys.h"
#include "log/log.h"

namespace ostraka::identity {

inline constexpr std::size_t k_queued_grants_max = 65'536;       // beyond, a request is unavailable at once
inline constexpr std::size_t k_group_commit_grants_max = 4'096;  // records of one append; they are some 200 bytes each

struct Grant {
  std::string record;
  token::BallotToken ballot_token;
  // The signed token, or null when the record could not be written: then it may or may not be on the log, which harms
  // nobody. Called once, on the writer's thread.
  UniqueFunction<void(const std::string* compact)> done;
};

struct IssuanceWriterHooks {
  std::function<void(std::size_t grants, std::chrono::nanoseconds append_took)> on_append;
  std::function<void(const Error&)> on_failure;
};

// Thread-safe.
class IssuanceWriter {
 public:
  IssuanceWriter(std::unique_ptr<log::Appender> appender, const SigningKeys& keys, const Clock& clock,
                 IssuanceWriterHooks hooks);
  // Writes and answers what is queued.
  ~IssuanceWriter();

  // False, and the grant untouched, when the queue is full.
  [[nodiscard]] bool submit(Grant&& grant);

  std::size_t queued() const;

  // Whether the last append failed, so that who asks next must expect no token. Only the next append can tell that
  // storage takes records again: requests must not be kept away because of this.
  bool failing() const { return failing_.load(std::memory_order_relaxed); }

 private:
  void run();
  std::vector<Grant> wait_for_grants();
  void write_and_answer(std::vector<Grant>& grants);
  bool append(const std::vector<Grant>& grants);

  const std::unique_ptr<log::Appender> appender_;  // the thread's own
  const SigningKeys& keys_;
  const Clock& clock_;
  const IssuanceWriterHooks hooks_;

  std::atomic<bool> failing_{false};

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::vector<Grant> queue_;
  bool stopping_ = false;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace ostraka::identity
