// An authorization code in, an ID token out: asks the provider's token endpoint, believes what core/code_exchange.h
// says. Thread-safe.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/unique_function.h"
#include "identity/core/code_exchange.h"
#include "identity/providers/key_fetcher.h"

namespace ostraka::identity {

class CodeExchanger {
 public:
  struct Parts {
    IssuerDirectory& directory;
    KeyFetcher& keys;
    fetch::Fetcher& fetcher;
    const Clock& clock;
    // What an operator has to mend; never a token or a code.
    std::function<void(const std::string& alarm)> on_alarm;
  };
  explicit CodeExchanger(Parts parts) : parts_(std::move(parts)) {}

  struct Request {
    std::string issuer;
    std::string code;
    std::string code_verifier;
    std::string redirect_uri;
    std::string nonce;

    CodeExchange view() const { return {issuer, code, code_verifier, redirect_uri, nonce}; }
  };
  enum class Accepted {
    yes,             // `done` is called once, on the fetcher's thread
    not_configured,  // no codes of this issuer are exchanged
    unavailable,     // not reached yet, or too many are on their way
  };
  // REQUIRES: the request is well-formed.
  Accepted exchange(Request request, UniqueFunction<void(const ExchangeDecision&)> done);

 private:
  void alarm_about(const std::string& issuer, const ExchangeDecision& decision, unsigned status) const;

  const Parts parts_;
};

}  // namespace ostraka::identity
