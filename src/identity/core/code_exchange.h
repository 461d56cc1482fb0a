// The authorization code flow (OpenID Connect Core 1.0, section 3.1; PKCE: RFC 7636), the part behind the page: what the
// token endpoint is asked, and what is believed of its answer. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "identity/core/provider.h"
#include "token/id_token.h"

namespace ostraka::identity {

// As the page sends it. Views of the caller's.
struct CodeExchange {
  std::string_view issuer;
  std::string_view code;
  std::string_view code_verifier;
  std::string_view redirect_uri;
  std::string_view nonce;
};

// Within the bounds of api/openapi.yaml, and the address that the code came to is this issuer's: one that came to another
// issuer's may be that one's, and must not be shown to this one.
bool is_well_formed(const CodeExchange& exchange);

struct TokenRequest {
  std::string body;  // application/x-www-form-urlencoded
  // Of HTTP Basic, form-encoded as RFC 6749, section 2.3.1 has it; empty where the body says who we are.
  std::string user;
  std::string password;
};
TokenRequest token_request(const CodeExchange& exchange, const Provider& provider, const Endpoints& endpoints);

enum class ExchangeVerdict {
  signed_in,
  refused,        // by the provider: the code is used, expired, or somebody else's
  invalid,        // an ID token came, but it is not one to believe, or not for this sign-in
  misconfigured,  // the provider does not know us, or gives what is no use: an alarm for the operator
  unavailable,    // the provider cannot say now
};
std::string_view exchange_verdict_name(ExchangeVerdict verdict);  // the enumerator's name, for metrics

struct ExchangeDecision {
  ExchangeVerdict verdict = ExchangeVerdict::unavailable;
  std::string id_token;          // with signed_in
  WallTime expires_at;           // with signed_in
  std::string_view reason = {};  // with invalid and misconfigured: what is wrong, one of a fixed few; may be empty
  std::optional<std::string> unknown_key = {};  // with signed_in: a key to be fetched before the token is any use
};
struct TokenAnswer {
  unsigned status = 0;
  std::string_view body;
};
ExchangeDecision decide_exchange(const TokenAnswer& answer, const CodeExchange& exchange,
                                 const token::IdTokenVerifier& verifier, WallTime now);

}  // namespace ostraka::identity
