// A server's TLS context that follows its files: certificates are renewed while the server runs. New connections get
// the new one, those that are open keep theirs.
//
// A thread of its own looks at the files twice a second. What does not fit together (a certificate whose key has not
// been written yet, a broken file) changes nothing: the context stays what it was, and problems are told once for each
// state of the files.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "net/tls/context.h"

namespace ostraka::tls {

struct ReloadingContextOptions {
  std::string certificate_file;
  std::string key_file;
  OldestVersion oldest = OldestVersion::tls_1_3;
  // At least k_ticket_secret_bytes_min random bytes, shared by servers that resume each other's sessions; followed like
  // the certificate. Empty: a secret that this process makes and nobody else has.
  std::string ticket_secret_file = {};
  std::chrono::milliseconds look_every{500};
};

// The two are called from the thread that looks, never at once.
struct ReloadingContextObserver {
  std::function<void()> on_reloaded = [] {};
  std::function<void(const std::string& why)> on_not_reloaded = [](const std::string&) {};
};

struct ReloadingContextCounters {
  std::uint64_t reloaded = 0;
  bool is_stale = false;  // the files are not what is served: they cannot be used
  WallTime certificate_expires{};
};

class ReloadingContext {
 public:
  // Errors: invalid, as make_server_context() says, and for a secret that is too short. The clock outlives it.
  static Result<std::unique_ptr<ReloadingContext>> start(ReloadingContextOptions options, const Clock& clock,
                                                         ReloadingContextObserver observer = {});
  ~ReloadingContext();

  // For the next connection. Any thread.
  Context current() const;
  ReloadingContextCounters counters() const;

 private:
  ReloadingContext(ReloadingContextOptions options, const Clock& clock, ReloadingContextObserver observer);
  std::string fingerprint() const;
  Result<ServerContext> read() const;
  Status take_what_is_there();
  void look();
  void run();

  const ReloadingContextOptions options_;
  const Clock& clock_;
  const ReloadingContextObserver observer_;
  const std::string own_secret_;
  std::string seen_;  // what the files were when they were last read; of the thread that looks

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable stopping_;
  bool is_stopping_ = false;
  ServerContext served_;
  std::uint64_t reloaded_ = 0;
  bool is_stale_ = false;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace ostraka::tls
