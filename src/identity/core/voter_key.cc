#include "identity/core/voter_key.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/mac.h"

namespace ostraka::identity {

VoterKey voter_key(std::string_view pepper, const VoterIdentity& identity) {
  check(!identity.claim.empty(), "a voter has a claim");
  std::string text;
  text.reserve(identity.issuer.size() + 1 + identity.claim.size());
  text.append(identity.issuer).append(1, '\0').append(identity.claim);
  const std::string mac = crypto::HmacSha256(pepper).mac(text);
  return VoterKey::from_bytes(std::string_view(mac).substr(0, VoterKey::k_bytes)).value();
}

std::string pepper_commitment(std::string_view election, std::string_view pepper) {
  std::string text = "ostraka pepper commitment";
  text.append(1, '\0').append(election).append(1, '\0').append(pepper);
  return crypto::sha256(text);
}

}  // namespace ostraka::identity
