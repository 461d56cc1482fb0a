#include "identity/housekeeping.h"

#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include "base/check.h"
#include "identity/core/redirect_path.h"

namespace ostraka::identity {

namespace {

constexpr timespec k_signal_wait{0, 200'000'000};  // also how long ending takes at most
constexpr int k_waits_between_tending = 15;        // three seconds, as keys::k_keyring_refresh_interval

sigset_t hangup() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void block_hangup_signal() {
  const sigset_t set = hangup();
  check(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "signals can be blocked");
}

void log_issuers(const IssuerDirectory& issuers) {
  for (const std::string& remark : issuers.remarks()) {
    spdlog::warn("{}", remark);
  }
  for (const auto& [name, issuer] : issuers.now()->issuers()) {
    if (issuer.kind == token::IssuerKind::development) {
      spdlog::warn("THE DEVELOPMENT ISSUER IS ON: anybody can sign in as anybody. Never in production.");
    } else {
      spdlog::info("issuer {} with {} keys at hand", name, issuer.keys.size());
    }
  }
  for (const IssuerDirectory::Known& known : issuers.providers()) {
    if (known.provider.keys == KeySource::discovered) {
      const std::string& name = known.provider.issuer.issuer;
      spdlog::info("issuer {}: register there https://YOUR-GATEWAY{} as redirect URI", name, redirect_path(name));
    }
  }
}

Housekeeping::Housekeeping(const Parts& parts)
    : parts_(parts), messages_(parts.clock, k_same_alarm_interval), thread_([this] { run(); }) {}

Housekeeping::~Housekeeping() {
  stopping_ = true;
  thread_.join();
}

void Housekeeping::run() {
  const sigset_t set = hangup();
  for (int waits = 0; !stopping_; ++waits) {
    if (sigtimedwait(&set, nullptr, &k_signal_wait) == SIGHUP) {
      on_hangup();
    }
    check_peppers();
    parts_.keys.tend();
    if (waits % k_waits_between_tending == 0) {
      tend_keys();
    }
  }
}

void Housekeeping::on_hangup() {
  if (const Status rotated = parts_.signing_keys.rotate(); rotated) {
    spdlog::info("a new token key becomes active in {} s", keys::k_activation_delay.count());
  } else {
    spdlog::error("no new token key: {}", rotated.error().message);
  }
  if (const Status reloaded = parts_.issuers.reload(); reloaded) {
    log_issuers(parts_.issuers);
  } else {
    spdlog::error("the issuers stay as they were: {}", reloaded.error().message);
  }
  parts_.keys.fetch_anew();
}

void Housekeeping::tend_keys() {
  if (const Status tended = parts_.signing_keys.tend(); !tended) {
    spdlog::error("token keys: {}", tended.error().message);
  }
}

void Housekeeping::check_peppers() {
  std::shared_ptr<const election::Catalogue> catalogue = parts_.elections.now();
  if (catalogue == checked_) {
    return;
  }
  int refused = 0;
  for (const auto& [id, entry] : catalogue->entries()) {
    if (entry->pepper_commitment.empty() || entry->state == election::State::certified) {
      continue;
    }
    if (const Result<std::string> pepper = parts_.peppers.pepper_of(*entry, MissingPepper::refuse); !pepper) {
      const std::string message = fmt::format("no ballot tokens of {} can be issued: {}", id, pepper.error().message);
      if (messages_.due(message)) {
        spdlog::critical("{}", message);
      }
      ++refused;
    }
  }
  elections_refused_ = refused;
  checked_ = std::move(catalogue);
}

}  // namespace ostraka::identity
