#include "identity/core/code_exchange.h"

#include <algorithm>

#include "crypto/mac.h"
#include "identity/core/redirect_path.h"
#include "token/strict_json.h"

namespace ostraka::identity {

namespace {

using nlohmann::json;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool has_size(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most;
}

std::string form_encoded(std::string_view text) {
  constexpr std::string_view k_digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', k_digits[byte >> 4U], k_digits[byte & 15U]};
    }
  }
  return encoded;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// RFC 6749, section 5.2. What says that we are not known, or may not do this, is nothing that a voter can mend. All else
// may be due to what the page sent, which anybody can make up: no reason for an alarm.
ExchangeVerdict verdict_of_error(const TokenAnswer& answer, const json& body) {
  if (answer.status >= 500 || answer.status == 429) {
    return ExchangeVerdict::unavailable;
  }
  const std::string error = text_of(body, "error");
  const bool is_ours = error == "invalid_client" || error == "unauthorized_client" || error == "unsupported_grant_type";
  return is_ours ? ExchangeVerdict::misconfigured : ExchangeVerdict::refused;
}

ExchangeDecision refuse(ExchangeVerdict verdict, std::string_view reason) {
  ExchangeDecision decision;
  decision.verdict = verdict;
  decision.reason = reason;
  return decision;
}

}  // namespace

bool is_well_formed(const CodeExchange& exchange) {
  return has_size(exchange.issuer, 1, 512) && has_size(exchange.code, 1, 4096) &&
         has_size(exchange.code_verifier, 43, 128) &&
         std::all_of(exchange.code_verifier.begin(), exchange.code_verifier.end(), is_unreserved) &&
         has_size(exchange.redirect_uri, 1, 2048) && is_redirect_uri_of(exchange.issuer, exchange.redirect_uri) &&
         has_size(exchange.nonce, 16, 256);
}

TokenRequest token_request(const CodeExchange& exchange, const Provider& provider, const Endpoints& endpoints) {
  TokenRequest request;
  request.body = "grant_type=authorization_code&code=" + form_encoded(exchange.code) +
                 "&redirect_uri=" + form_encoded(exchange.redirect_uri) +
                 "&code_verifier=" + form_encoded(exchange.code_verifier);
  const std::string client = form_encoded(provider.issuer.client_id);
  const std::string secret = form_encoded(provider.client_secret);
  if (provider.client_secret.empty()) {
    request.body += "&client_id=" + client;
  } else if (endpoints.takes_basic) {
    request.user = client;
    request.password = secret;
  } else {
    request.body += "&client_id=" + client + "&client_secret=" + secret;
  }
  return request;
}

std::string_view exchange_verdict_name(ExchangeVerdict verdict) {
  switch (verdict) {
    case ExchangeVerdict::signed_in:
      return "signed_in";
    case ExchangeVerdict::refused:
      return "refused";
    case ExchangeVerdict::invalid:
      return "invalid";
    case ExchangeVerdict::misconfigured:
      return "misconfigured";
    case ExchangeVerdict::unavailable:
      return "unavailable";
  }
  return "";
}

ExchangeDecision decide_exchange(const TokenAnswer& answer, const CodeExchange& exchange,
                                 const token::IdTokenVerifier& verifier, WallTime now) {
  const Result<json> parsed = token::parse_strict_json(answer.body);
  const json body = parsed ? *parsed : json();
  if (answer.status != 200) {
    return refuse(verdict_of_error(answer, body), "");
  }
  std::string id_token = text_of(body, "id_token");
  if (id_token.empty()) {
    return refuse(ExchangeVerdict::misconfigured, "no_id_token");
  }
  if (id_token.size() > token::k_id_token_bytes_max) {
    return refuse(ExchangeVerdict::misconfigured, "id_token_too_large");  // and so it would be the next time
  }
  const token::VerifiedIdToken verified = verifier.verify_from(exchange.issuer, id_token, now);
  if (verified.verdict != token::IdTokenVerdict::valid) {
    return refuse(ExchangeVerdict::invalid, token::id_token_verdict_name(verified.verdict));
  }
  if (!crypto::equal_constant_time(text_of(verified.claims, "nonce"), exchange.nonce)) {
    return refuse(ExchangeVerdict::invalid, "wrong_nonce");
  }
  ExchangeDecision decision;
  decision.verdict = ExchangeVerdict::signed_in;
  decision.id_token = std::move(id_token);
  decision.expires_at = token::expires_at(verified.claims);
  if (verified.is_key_unknown) {
    decision.unknown_key = verified.key_id;
  }
  return decision;
}

}  // namespace ostraka::identity
