#include "identity/core/development_issuer.h"

#include <nlohmann/json.hpp>

#include "crypto/base64url.h"
#include "identity/core/utf8.h"

namespace ostraka::identity {

namespace {

constexpr std::string_view k_key_id = "development";
constexpr std::string_view k_header = R"({"alg":"ES256","kid":"development","typ":"JWT"})";

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= k_development_name_bytes_max && is_plain_text(name);
}

}  // namespace

DevelopmentIssuer::DevelopmentIssuer(crypto::PrivateKey key)
    : key_(std::move(key)),
      issuer_{std::string(k_development_issuer_name),
              std::string(k_development_client_id),
              token::IssuerKind::development,
              {{std::string(k_key_id), key_.public_key(), key_.algorithm()}}} {}

Result<DevelopmentIssuer> DevelopmentIssuer::from(keys::KeyStore& store) {
  const std::string fresh = crypto::PrivateKey::generate(crypto::SignatureAlgorithm::es256).to_der();
  return store.development_issuer_key_or_store(fresh)
      .and_then([](const std::string& der) { return crypto::PrivateKey::from_der(der); })
      .and_then([](crypto::PrivateKey key) -> Result<DevelopmentIssuer> {
        if (key.algorithm() != crypto::SignatureAlgorithm::es256) {
          return fail(ErrorKind::damaged, "the development issuer's key is of another kind");
        }
        return DevelopmentIssuer(std::move(key));
      });
}

std::optional<std::string> DevelopmentIssuer::sign_in(std::string_view name, WallTime now) const {
  if (!is_name(name)) {
    return std::nullopt;
  }
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const nlohmann::json claims = {
      {"iss", k_development_issuer_name},
      {"aud", k_development_client_id},
      {"sub", name},
      {"iat", seconds},
      {"exp", seconds + std::chrono::seconds(k_development_id_token_lifetime).count()},
  };
  std::string compact = crypto::base64url_encode(k_header);
  compact.push_back('.');
  crypto::append_base64url(compact, claims.dump());
  const std::string signature = key_.sign(compact);
  compact.push_back('.');
  crypto::append_base64url(compact, signature);
  return compact;
}

std::optional<token::VerifiedIdToken> DevelopmentIssuer::signed_in(std::string_view name) const {
  if (!is_name(name)) {
    return std::nullopt;
  }
  return token::VerifiedIdToken{.verdict = token::IdTokenVerdict::valid, .issuer = &issuer_, .claims = {{"sub", name}}};
}

}  // namespace ostraka::identity
