#include "token/jwk.h"

#include <algorithm>
#include <array>

#include "crypto/base64url.h"
#include "token/strict_json.h"

namespace ostraka::token {

namespace {

using crypto::SignatureAlgorithm;
using nlohmann::json;

// Private numbers of RFC 7518 (RSA: also p, q, dp, dq, qi, oth; all come with d), and symmetric keys.
constexpr std::array<const char*, 2> k_secret_members = {"d", "k"};

// The member, or an empty text when it is absent or no string.
std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<std::string> bytes_member(const json& object, const char* name) {
  auto bytes = crypto::base64url_decode(text_member(object, name));
  if (!bytes || bytes->empty()) {
    return fail(ErrorKind::invalid, "member {} is not base64url", name);
  }
  return std::move(*bytes);
}

Status check_purpose(const json& object) {
  if (const auto use = object.find("use"); use != object.end() && *use != "sig") {
    return fail(ErrorKind::invalid, "not for signatures");
  }
  if (const auto operations = object.find("key_ops"); operations != object.end()) {
    const bool verifies =
        operations->is_array() && std::find(operations->begin(), operations->end(), "verify") != operations->end();
    if (!verifies) {
      return fail(ErrorKind::invalid, "not for verifying");
    }
  }
  return {};
}

struct KeyAndDefault {
  crypto::PublicKey key;
  SignatureAlgorithm algorithm;
};

Result<KeyAndDefault> read_rsa(const json& object) {
  const Result<std::string> modulus = bytes_member(object, "n");
  const Result<std::string> exponent = bytes_member(object, "e");
  if (!modulus || !exponent) {
    return tl::make_unexpected(modulus ? exponent.error() : modulus.error());
  }
  return crypto::PublicKey::from_rsa({*modulus, *exponent}).map([](crypto::PublicKey key) {
    return KeyAndDefault{std::move(key), SignatureAlgorithm::rs256};
  });
}

Result<KeyAndDefault> read_point(const json& object) {
  struct Row {
    const char* name;
    crypto::Curve curve;
    SignatureAlgorithm algorithm;
  };
  static constexpr std::array<Row, 3> k_curves = {{{"P-256", crypto::Curve::p256, SignatureAlgorithm::es256},
                                                   {"P-384", crypto::Curve::p384, SignatureAlgorithm::es384},
                                                   {"P-521", crypto::Curve::p521, SignatureAlgorithm::es512}}};
  const std::string name = text_member(object, "crv");
  const auto* const row =
      std::find_if(k_curves.begin(), k_curves.end(), [&name](const Row& each) { return name == each.name; });
  if (row == k_curves.end()) {
    return fail(ErrorKind::invalid, "an unknown curve");
  }
  const Result<std::string> x = bytes_member(object, "x");
  const Result<std::string> y = bytes_member(object, "y");
  if (!x || !y) {
    return tl::make_unexpected(x ? y.error() : x.error());
  }
  return crypto::PublicKey::from_point({row->curve, *x, *y}).map([row](crypto::PublicKey key) {
    return KeyAndDefault{std::move(key), row->algorithm};
  });
}

Result<KeyAndDefault> read_edwards(const json& object) {
  const Result<std::string> x = bytes_member(object, "x");
  if (text_member(object, "crv") != "Ed25519" || !x) {
    return fail(ErrorKind::invalid, "an unknown curve, or no point");
  }
  return crypto::PublicKey::from_ed25519(*x).map(
      [](crypto::PublicKey key) { return KeyAndDefault{std::move(key), SignatureAlgorithm::eddsa}; });
}

Result<KeyAndDefault> read_material(const json& object) {
  const std::string type = text_member(object, "kty");
  if (type == "RSA") {
    return read_rsa(object);
  }
  if (type == "EC") {
    return read_point(object);
  }
  if (type == "OKP") {
    return read_edwards(object);
  }
  return fail(ErrorKind::invalid, "an unknown kind of key");
}

Result<VerificationKey> read_key(const json& object) {
  if (!object.is_object()) {
    return fail(ErrorKind::invalid, "not a JSON object");
  }
  if (const Status purpose = check_purpose(object); !purpose) {
    return tl::make_unexpected(purpose.error());
  }
  std::string id = text_member(object, "kid");
  if (object.contains("kid") && (id.empty() || id.size() > k_key_id_bytes_max)) {
    return fail(ErrorKind::invalid, "a key id must be a string of 1 to {} bytes", k_key_id_bytes_max);
  }
  Result<KeyAndDefault> material = read_material(object);
  if (!material) {
    return tl::make_unexpected(material.error());
  }
  SignatureAlgorithm algorithm = material->algorithm;
  if (object.contains("alg")) {
    const auto named = crypto::signature_algorithm_from_name(text_member(object, "alg"));
    if (!named || !material->key.fits(*named)) {
      return fail(ErrorKind::invalid, "an algorithm that is unknown or does not fit the key");
    }
    algorithm = *named;
  }
  return VerificationKey{std::move(id), std::move(material->key), algorithm};
}

bool holds_secret(const json& object) {
  return object.is_object() && std::any_of(k_secret_members.begin(), k_secret_members.end(),
                                           [&object](const char* name) { return object.contains(name); });
}

Status check_public(const json& object) {
  return holds_secret(object) ? Status(fail(ErrorKind::invalid, "a secret key, which must never leave its owner"))
                              : Status{};
}

Status add_key(const json& object, KeySet& set) {
  if (const Status is_public = check_public(object); !is_public) {
    return is_public;
  }
  Result<VerificationKey> key = read_key(object);
  if (!key) {
    set.ignored.push_back(fmt::format("key {}: {}", object.is_object() ? text_member(object, "kid") : std::string(),
                                      key.error().message));
    return {};
  }
  for (const VerificationKey& other : set.keys) {
    if (other.id == key->id) {
      return fail(ErrorKind::invalid, "two keys have one id, or none");
    }
  }
  set.keys.push_back(std::move(*key));
  return {};
}

}  // namespace

Result<VerificationKey> read_jwk(std::string_view text) {
  const Result<json> object = parse_strict_json(text);
  if (!object) {
    return tl::make_unexpected(object.error());
  }
  if (const Status is_public = check_public(*object); !is_public) {
    return tl::make_unexpected(is_public.error());
  }
  return read_key(*object);
}

Result<KeySet> read_jwks(std::string_view text) {
  if (text.size() > k_jwks_bytes_max) {
    return fail(ErrorKind::invalid, "a key set of more than {} bytes", k_jwks_bytes_max);
  }
  const Result<json> document = parse_strict_json(text);
  if (!document) {
    return tl::make_unexpected(document.error());
  }
  const auto keys = document->is_object() ? document->find("keys") : document->end();
  if (!document->is_object() || keys == document->end() || !keys->is_array() || keys->size() > k_jwks_keys_max) {
    return fail(ErrorKind::invalid, "not a key set of at most {} keys", k_jwks_keys_max);
  }
  KeySet set;
  for (const json& object : *keys) {
    if (const Status added = add_key(object, set); !added) {
      return tl::make_unexpected(added.error());
    }
  }
  if (set.keys.empty()) {
    return fail(ErrorKind::invalid, "no key that can be used, of {}", keys->size());
  }
  return set;
}

}  // namespace ostraka::token
