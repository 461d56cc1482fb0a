// The built-in development issuer: a name in, an ID token out, no questions. For trying the system out on one machine;
// results that hold a vote of it say so. Its tokens are verified like everybody else's.
// Immutable: share it between threads freely.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/signature.h"
#include "keys/key_store.h"
#include "token/id_token.h"

namespace ostraka::identity {

// `.invalid` (RFC 2606) can belong to nobody, so no real provider's token can ever name it.
inline constexpr std::string_view k_development_issuer_name = "https://development.ostraka.invalid";
inline constexpr std::string_view k_development_client_id = "ostraka";
inline constexpr std::chrono::hours k_development_id_token_lifetime{1};
inline constexpr std::size_t k_development_name_bytes_max = 128;

class DevelopmentIssuer {
 public:
  explicit DevelopmentIssuer(crypto::PrivateKey key);
  // With the key store's key, which is made when there is none. Errors: the key store's.
  static Result<DevelopmentIssuer> from(keys::KeyStore& store);

  // Empty unless the name is 1 to 128 bytes of UTF-8 without control characters.
  std::optional<std::string> sign_in(std::string_view name, WallTime now) const;
  // As if sign_in()'s token had been verified, without making one. Empty for the same names. Points to issuer().
  std::optional<token::VerifiedIdToken> signed_in(std::string_view name) const;
  // What a verifier has to be configured with.
  const token::Issuer& issuer() const { return issuer_; }

 private:
  crypto::PrivateKey key_;
  token::Issuer issuer_;
};

}  // namespace ostraka::identity
