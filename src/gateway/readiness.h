// Whether votes can be cast, asked of the other services twice a second on a thread of its own; and what identity said
// of its issuers meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/backends.h"
#include "gateway/results_feed.h"

namespace ostraka::gateway {

struct Issuer {
  std::string issuer;
  std::string client_id;
  std::string kind;  // oidc or development
  std::string title = {};
  std::string authorization_endpoint = {};  // empty: no page can sign in there (now)
  std::string scope = {};
  std::optional<std::int64_t> max_age_seconds = {};
  std::string mfa_acr_values = {};  // as a page sends them: with spaces between
  bool iss_in_response = false;
  std::string redirect_path = {};  // empty: its codes are not exchanged
};

// Thread-safe.
class ReadinessWatch {
 public:
  // Both outlive it.
  ReadinessWatch(Backends& backends, const ResultsFeed& results);
  ~ReadinessWatch();

  // Empty: ready. Else why not.
  std::string why_not_ready() const;

  // Null until identity has been heard once.
  std::shared_ptr<const std::vector<Issuer>> issuers() const;
  bool has_development_issuer() const;

 private:
  void run();
  std::string ask_everyone();
  std::string ask_identity();

  Backends& backends_;
  const ResultsFeed& results_;
  mutable std::mutex mutex_;  // guards everything up to the next blank line
  std::string reason_ = "starting";
  std::shared_ptr<const std::vector<Issuer>> issuers_;
  bool stopping_ = false;
  std::condition_variable stop_;

  std::thread thread_;
};

}  // namespace ostraka::gateway
