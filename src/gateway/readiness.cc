#include "gateway/readiness.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>

namespace ostraka::gateway {

namespace {

constexpr std::chrono::milliseconds k_interval{500};
constexpr std::chrono::milliseconds k_interval_while_not_ready{50};
constexpr std::chrono::seconds k_answer_deadline{1};

}  // namespace

ReadinessWatch::ReadinessWatch(Backends& backends, const ResultsFeed& results)
    : backends_(backends), results_(results), thread_([this] { run(); }) {}

ReadinessWatch::~ReadinessWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

std::string ReadinessWatch::why_not_ready() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

std::shared_ptr<const std::vector<Issuer>> ReadinessWatch::issuers() const {
  const std::lock_guard lock(mutex_);
  return issuers_;
}

bool ReadinessWatch::has_development_issuer() const {
  const std::shared_ptr<const std::vector<Issuer>> known = issuers();
  return known != nullptr &&
         std::any_of(known->begin(), known->end(), [](const Issuer& issuer) { return issuer.kind == "development"; });
}

void ReadinessWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::string reason = ask_everyone();
    lock.lock();
    reason_ = std::move(reason);
    stop_.wait_for(lock, reason_.empty() ? k_interval : k_interval_while_not_ready, [this] { return stopping_; });
  }
}

// A tally that is away or lags is an alarm of its own, not a reason to refuse votes.
std::string ReadinessWatch::ask_everyone() {
  std::string reason = backends_.ballot_boxes().why_not_ready();
  if (reason.empty()) {
    reason = ask_identity();
  }
  if (reason.empty() && !backends_.reaches_elections()) {
    reason = "elections cannot be reached";
  }
  return reason;
}

std::string ReadinessWatch::ask_identity() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + k_answer_deadline);
  v1::ListIssuersReply reply;
  if (!backends_.identity().ListIssuers(&context, v1::ListIssuersRequest(), &reply).ok()) {
    return "identity cannot be reached";
  }
  auto heard = std::make_shared<std::vector<Issuer>>();
  for (const v1::ListIssuersReply::Issuer& issuer : reply.issuers()) {
    Issuer& known = heard->emplace_back(Issuer{issuer.issuer(), issuer.client_id(), issuer.kind()});
    known.title = issuer.title();
    known.authorization_endpoint = issuer.authorization_endpoint();
    known.scope = issuer.scope();
    if (issuer.has_max_age_seconds()) {
      known.max_age_seconds = issuer.max_age_seconds();
    }
    for (const std::string& value : issuer.mfa_acr_values()) {
      known.mfa_acr_values += (known.mfa_acr_values.empty() ? "" : " ") + value;
    }
    known.iss_in_response = issuer.iss_in_response();
    known.redirect_path = issuer.redirect_path();
  }
  const std::lock_guard lock(mutex_);
  issuers_ = std::move(heard);
  return "";
}

}  // namespace ostraka::gateway
