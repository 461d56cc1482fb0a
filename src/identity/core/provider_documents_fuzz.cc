// What a provider sends: its discovery document, and its token endpoint's answer. By the first input byte the rest is
// the one, the other, or claims of an ID token that is signed here and sent as the other.
#include <cstdint>

#include "base/check.h"
#include "crypto/base64url.h"
#include "identity/core/code_exchange.h"
#include "identity/core/discovery.h"

namespace ostraka::identity {
namespace {

const WallTime k_now = wall_time(1'767'225'600'000);
const CodeExchange k_exchange{"https://issuer.example", "code", "verifier", "https://vote.example/sign-in", "nonce"};

const crypto::PrivateKey& key() {
  static const auto k_key = crypto::PrivateKey::generate(crypto::SignatureAlgorithm::eddsa);
  return k_key;
}

const Provider& provider() {
  static const Provider k_provider = [] {
    Provider made;
    made.issuer.issuer = k_exchange.issuer;
    made.issuer.client_id = "ostraka";
    made.issuer.keys = {{"k1", key().public_key(), key().algorithm()}};
    return made;
  }();
  return k_provider;
}

void check_discovery(std::string_view json) {
  const Result<Endpoints> endpoints = read_discovery(json, provider());
  if (!endpoints) {
    return;
  }
  for (const std::string* url : {&endpoints->authorization, &endpoints->token, &endpoints->keys}) {
    check(is_provider_url(*url) && url->find_first_of(" \"<>\r\n\t") == std::string::npos,
          "addresses that may be used");
  }
  const TokenRequest request = token_request(k_exchange, provider(), *endpoints);
  check(request.body.find_first_of(" \r\n") == std::string::npos, "a form without line ends");
}

void check_answer(std::string_view body) {
  static const token::IdTokenVerifier verifier({provider().issuer});
  for (const unsigned status : {200U, 400U, 401U, 500U}) {
    const ExchangeDecision decision = decide_exchange({status, body}, k_exchange, verifier, k_now);
    check((decision.verdict == ExchangeVerdict::signed_in) == !decision.id_token.empty(), "a token or none");
    check(!exchange_verdict_name(decision.verdict).empty(), "a verdict has a name");
    if (decision.verdict == ExchangeVerdict::signed_in) {
      const token::VerifiedIdToken token = verifier.verify_from(k_exchange.issuer, decision.id_token, k_now);
      check(status == 200 && token.claims.at("nonce") == k_exchange.nonce, "a token for this very sign-in");
      check(token::expires_at(token.claims) == decision.expires_at, "and its end");
    }
  }
}

std::string answer_with(std::string_view claims) {
  std::string compact = crypto::base64url_encode(R"({"alg":"EdDSA","kid":"k1"})");
  compact += '.';
  crypto::append_base64url(compact, claims);
  const std::string signature = key().sign(compact);
  compact += '.';
  crypto::append_base64url(compact, signature);
  return R"({"access_token":"a","token_type":"Bearer","id_token":")" + compact + "\"}";
}

}  // namespace

void fuzz_provider_documents(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const char form = input.front();
  input.remove_prefix(1);
  if (form == 'd') {
    check_discovery(input);
  } else if (form == 'c') {
    check_answer(answer_with(input));
  } else {
    check_answer(input);
  }
}

}  // namespace ostraka::identity

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::identity::fuzz_provider_documents({reinterpret_cast<const char*>(data), size});
  return 0;
}
