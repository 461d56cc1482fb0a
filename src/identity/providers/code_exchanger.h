// An authorization code in, an ID token out: asks the provider's token endpoint, believes what core/code_exchange.h
// says. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/unique_function.h"
#include "identity/core/code_exchange.h"
#include "identity/providers/key_fetcher.h"

namespace ostraka::identity {

// On their way at one provider; beyond, unavailable at once. A provider that hangs, or is flooded with invented codes,
// takes no more than its share.
inline constexpr std::size_t k_exchanges_per_issuer_max = 512;

// What CodeExchanger needs of its fetcher: nobody waits for a connection.
inline constexpr fetch::FetchLimits k_code_fetch_limits{.in_flight_max = 8 * k_exchanges_per_issuer_max,
                                                        .connections_per_host_max = k_exchanges_per_issuer_max};

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
  bool take_slot(const std::string& issuer);
  void give_slot_back(const std::string& issuer);
  void alarm_about(const std::string& issuer, const ExchangeDecision& decision, unsigned status) const;

  const Parts parts_;
  std::mutex mutex_;  // guards on_their_way_
  std::map<std::string, std::size_t, std::less<>> on_their_way_;  // by issuer
};

}  // namespace ostraka::identity
