// An ID token that is believed says who, to whom and until when, and is no longer believed later or when a byte of it
// is another; JSON that is read strictly reads as the same when it is written again. Nobody guesses a signature, so the
// second form of input is claims, and the third a header, a line end and claims, both signed here. The first input byte
// says which form it is.
#include <cstdint>

#include "base/check.h"
#include "crypto/base64url.h"
#include "token/id_token.h"
#include "token/strict_json.h"

namespace ostraka::token {
namespace {

constexpr std::string_view k_issuer = "https://issuer.example";
constexpr std::string_view k_client = "ostraka";
const WallTime k_now = wall_time(1'767'225'600'000);

const crypto::PrivateKey& key() {
  static const auto k_key = crypto::PrivateKey::generate(crypto::SignatureAlgorithm::eddsa);
  return k_key;
}

const IdTokenVerifier& verifier() {
  static const IdTokenVerifier k_verifier({Issuer{.issuer = std::string(k_issuer),
                                                  .client_id = std::string(k_client),
                                                  .keys = {{"k1", key().public_key(), key().algorithm()}},
                                                  .aliases = {"https://alias.example"}}});
  return k_verifier;
}

std::string signed_token(std::string_view header, std::string_view claims) {
  std::string compact = crypto::base64url_encode(header);
  compact += '.';
  crypto::append_base64url(compact, claims);
  const std::string signature = key().sign(compact);
  compact += '.';
  crypto::append_base64url(compact, signature);
  return compact;
}

void check_json(std::string_view text) {
  const Result<nlohmann::json> value = parse_strict_json(text);
  if (value) {
    const Result<nlohmann::json> again = parse_strict_json(value->dump());
    check(again && *again == *value, "JSON reads as the same when it is written again");
  }
}

void check_spelling(std::string_view compact) {
  const Result<CompactJws> jws = parse_compact_jws(compact);
  if (jws) {
    std::string again(compact.substr(0, compact.find('.') + 1));
    crypto::append_base64url(again, jws->payload);
    check(again == jws->signed_part, "a payload has one spelling");
    again += '.';
    crypto::append_base64url(again, jws->signature);
    check(again == compact, "a signature has one spelling");
  }
}

void check_token(std::string compact) {
  check_spelling(compact);
  const VerifiedIdToken verified = verifier().verify(compact, k_now);
  if (verified.verdict != IdTokenVerdict::valid) {
    check(verified.claims.is_null(), "nothing that is not valid hands out claims");
    return;
  }
  const std::string subject = verified.claims.at("sub").get<std::string>();
  check(!subject.empty() && subject.size() <= k_subject_bytes_max, "a subject");
  check(verified.issuer != nullptr && verified.issuer->issuer == k_issuer, "an issuer of ours");
  check(verified.claims.at("aud").dump().find(k_client) != std::string::npos, "made for us");
  const WallTime end = expires_at(verified.claims) + k_id_token_leeway;
  check(end > k_now && verifier().verify(compact, end).verdict == IdTokenVerdict::expired, "it ends at its end");
  check(verifier().verify_from(k_issuer, compact, k_now).verdict == IdTokenVerdict::valid, "valid from its issuer");
  check(verifier().verify_from("https://other.example", compact, k_now).verdict == IdTokenVerdict::unknown_issuer,
        "not valid from another issuer");
  char& byte = compact[compact.size() / 2];
  byte = byte == 'A' ? 'B' : 'A';
  check(verifier().verify(compact, k_now).verdict != IdTokenVerdict::valid, "another byte, another verdict");
}

}  // namespace

void fuzz_id_token(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const char form = input.front();
  input.remove_prefix(1);
  if (form == 'c') {
    check_json(input);
    check_token(signed_token(R"({"alg":"EdDSA","kid":"k1"})", input));
  } else if (form == 'h') {
    const std::size_t line_end = std::min(input.find('\n'), input.size());
    const std::string_view claims = input.substr(std::min(line_end + 1, input.size()));
    check_token(signed_token(input.substr(0, line_end), claims));
  } else {
    check_token(std::string(input));
  }
}

}  // namespace ostraka::token

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::token::fuzz_id_token({reinterpret_cast<const char*>(data), size});
  return 0;
}
