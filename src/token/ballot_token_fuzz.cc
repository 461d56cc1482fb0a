// A ballot token has exactly one valid spelling: whatever verifies is what signing its content again gives, and what a
// gateway reads without a key is what the verifier believes. Nobody guesses a MAC, so the second form of input is
// claims, signed here under an honest header. The first input byte says which form it is.
#include <cstdint>

#include "base/check.h"
#include "crypto/base64url.h"
#include "crypto/mac.h"
#include "token/ballot_claims.h"
#include "token/ballot_token.h"

namespace ostraka::token {
namespace {

const TokenKey& key() {
  static const TokenKey k_key{"k1", std::string(32, 'k')};
  return k_key;
}
const WallTime k_now = wall_time(1'767'225'600'000);

std::string signed_claims(std::string_view claims) {
  static crypto::HmacSha256 mac(key().secret);
  std::string compact = crypto::base64url_encode(ballot_header(key().id));
  compact += '.';
  crypto::append_base64url(compact, claims);
  const std::string signature = mac.mac(compact);
  compact += '.';
  crypto::append_base64url(compact, signature);
  return compact;
}

void check_token(std::string_view compact) {
  static BallotTokenVerifier verifier({key()});
  static BallotTokenSigner signer(key());
  std::string scratch;
  const auto peeked = peek_ballot_token(compact, scratch);
  const VerifiedBallotToken verified = verifier.verify(compact, k_now);
  if (verified.verdict == TokenVerdict::valid) {
    check(signer.sign(verified.token) == compact, "a token has one valid spelling");
    check(peeked && peeked->voter == verified.token.voter && peeked->election == verified.token.election,
          "what is read without a key is what is believed with it");
    check(verified.token.expires_at > k_now, "a valid token has not expired");
  }
}

}  // namespace

void fuzz_ballot_token(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const bool is_claims = input.front() == 'c';
  input.remove_prefix(1);
  if (!is_claims) {
    return check_token(input);
  }
  check_token(signed_claims(input));
  BallotClaims claims;
  if (read_ballot_claims(input, claims)) {
    std::string again;
    append_ballot_claims(again, {claims.voter, std::string(claims.election), claims.revision, claims.development,
                                 WallTime(std::chrono::seconds(claims.issued_at_seconds)),
                                 WallTime(std::chrono::seconds(claims.expires_at_seconds))});
    check(again == input, "claims have one form");
  }
}

}  // namespace ostraka::token

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::token::fuzz_ballot_token({reinterpret_cast<const char*>(data), size});
  return 0;
}
