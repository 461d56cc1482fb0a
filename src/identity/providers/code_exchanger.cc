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
  TokenRequest form = token_request(request.view(), known->provider, *known->endpoints);
  fetch::FetchRequest fetch{.url = known->endpoints->token,
                            .body = std::move(form.body),
                            .content_type = "application/x-www-form-urlencoded",
                            .ca_file = known->provider.ca_file};
  if (!form.user.empty()) {
    fetch.credentials = fetch::BasicCredentials{std::move(form.user), std::move(form.password)};
  }
  auto when_answered = [this, request = std::move(request),
                        done = std::move(done)](Result<fetch::FetchResponse> response) mutable {
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
  return parts_.fetcher.submit(std::move(fetch), std::move(when_answered)) ? Accepted::yes : Accepted::unavailable;
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
