// What identity does without being asked: rotation of token keys by time and on SIGHUP, reading issuers again on
// SIGHUP, fetching their keys, and looking whether the peppers of opened elections are the ones they were opened with.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "identity/core/pepper_vault.h"
#include "identity/issuing/log_pacing.h"
#include "identity/issuing/signing_keys.h"
#include "identity/providers/key_fetcher.h"
#include "service/elections_follower.h"

namespace ostraka::identity {

// SIGHUP then waits for the housekeeping thread. Call it before any thread starts.
void block_hangup_signal();

// Logs the issuers that are believed, and loudly when the development issuer is among them.
void log_issuers(const IssuerDirectory& issuers);

class Housekeeping {
 public:
  struct Parts {
    SigningKeys& signing_keys;
    IssuerDirectory& issuers;
    KeyFetcher& keys;
    PepperVault& peppers;
    service::ElectionsFollower& elections;
    const Clock& clock;
  };
  explicit Housekeeping(const Parts& parts);
  ~Housekeeping();

  // Opened elections that no token can be issued for, because their pepper is lost or another one.
  int elections_refused() const { return elections_refused_.load(std::memory_order_relaxed); }

 private:
  void run();
  void on_hangup();
  void tend_keys();
  void check_peppers();

  const Parts parts_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> elections_refused_{0};
  PacedMessages messages_;                              // every change of any election looks at all of them
  std::shared_ptr<const election::Catalogue> checked_;  // the thread's own
  std::thread thread_;
};

}  // namespace ostraka::identity
