#include "identity/providers/code_exchanger.h"

#include <fmt/core.h>

#include <utility>

namespace ostraka::identity {

CodeExchanger::Accepted CodeExchanger::exchange(Request request, UniqueFunction<void(const ExchangeDecision&)> done) {
  const std::optional<IssuerDirectory::Known> known = parts_.directory.provider(request.issuer);
  if (!known || known->provider.keys == KeySource::fixed) {
    return Accepted::not_configured;
  }
  if (!known->endpoints) {
    return Accepted::unavailable;
  }
  if (!take_slot(request.issuer)) {
    return Accepted::unavailable;
  }
  TokenRequest form = token_request(request.view(), known->provider, *known->endpoints);
  fetch::FetchRequest fetch{.url = known->endpoints->token,
                            .body = std::move(form.body),
                            .content_type = "application/x-www-form-urlencoded",
                            .ca_file = known->provider.ca_file};
  if (!form.user.empty()) {
    fetch.credentials = fetch::BasicCredentials{std::move(form.user), std::move(form.password)};
  }
  const std::string issuer = request.issuer;
  auto when_answered = [this, request = std::move(request),
                        done = std::move(done)](Result<fetch::FetchResponse> response) mutable {
    give_slot_back(request.issuer);
    ExchangeDecision decision;
    if (response) {
      const auto verifier = parts_.directory.now();
      decision = decide_exchange({response->status, response->body}, request.view(), *verifier, parts_.clock.wall_now());
      alarm_about(request.issuer, decision, response->status);
    }
    if (decision.unknown_key) {
      // By the time the voter asks for a ballot token, it should be there.
      static_cast<void>(parts_.keys.ask(request.issuer, *decision.unknown_key));
    }
    done(decision);
  };
  if (!parts_.fetcher.submit(std::move(fetch), std::move(when_answered))) {
    give_slot_back(issuer);
    return Accepted::unavailable;
  }
  return Accepted::yes;
}

bool CodeExchanger::take_slot(const std::string& issuer) {
  const std::lock_guard lock(mutex_);
  std::size_t& on_their_way = on_their_way_[issuer];
  if (on_their_way >= k_exchanges_per_issuer_max) {
    return false;
  }
  ++on_their_way;
  return true;
}

void CodeExchanger::give_slot_back(const std::string& issuer) {
  const std::lock_guard lock(mutex_);
  const auto found = on_their_way_.find(issuer);
  if (--found->second == 0) {
    on_their_way_.erase(found);
  }
}

void CodeExchanger::alarm_about(const std::string& issuer, const ExchangeDecision& decision, unsigned status) const {
  if (decision.verdict == ExchangeVerdict::misconfigured) {
    parts_.on_alarm(
        decision.reason.empty()
            ? fmt::format("{} refuses to exchange codes for us (status {}): client id, secret or redirect URI?", issuer,
                          status)
            : fmt::format("{} exchanges codes for what is no use ({}): look at the scope, and at the claims that it is "
                          "configured to send", issuer, decision.reason));
  }
}

}  // namespace ostraka::identity
