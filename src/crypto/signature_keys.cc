// Making keys, and the two spellings of ECDSA signatures.
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "crypto/public_key_state.h"
#include "crypto/signature.h"

namespace ostraka::crypto {

namespace {

// Everything that OpenSSL itself knows to check of a public key. Null when it is none.
KeyPointer key_from_parameters(const char* type, OSSL_PARAM* parameters) {
  const KeyContextPointer maker(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (maker == nullptr || parameters == nullptr || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  KeyPointer key(made);
  const KeyContextPointer checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (checker == nullptr || EVP_PKEY_public_check(checker.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return key;
}

bool has_leading_zero(std::string_view number) {
  return number.empty() || number.front() == '\0';
}
bool is_odd(std::string_view number) {
  return (static_cast<unsigned char>(number.back()) & 1) != 0;
}

const char* group_name(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return "P-256";
    case Curve::p384:
      return "P-384";
    case Curve::p521:
      return "P-521";
  }
  return "";
}

KeyFamily family_of(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return KeyFamily::p256;
    case Curve::p384:
      return KeyFamily::p384;
    case Curve::p521:
      return KeyFamily::p521;
  }
  return KeyFamily::p256;
}

}  // namespace

std::size_t field_bytes(KeyFamily family) {
  switch (family) {
    case KeyFamily::p256:
      return 32;
    case KeyFamily::p384:
      return 48;
    case KeyFamily::p521:
      return 66;
    case KeyFamily::rsa:
    case KeyFamily::ed25519:
      return 0;
  }
  return 0;
}

std::string joined_to_der(std::string_view joined, KeyFamily family) {
  const std::size_t half = field_bytes(family);
  if (half == 0 || joined.size() != 2 * half) {
    return {};
  }
  const SignaturePointer signature(ECDSA_SIG_new());
  BigNumberPointer r(BN_bin2bn(as_unsigned(joined), static_cast<int>(half), nullptr));
  BigNumberPointer s(BN_bin2bn(as_unsigned(joined.substr(half)), static_cast<int>(half), nullptr));
  check(signature != nullptr && r != nullptr && s != nullptr, "memory for a signature");
  check(ECDSA_SIG_set0(signature.get(), r.release(), s.release()) == 1, "both numbers are there");
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  unsigned char* to = as_unsigned(der);
  check(i2d_ECDSA_SIG(signature.get(), &to) == static_cast<int>(der.size()), "DER has the length it said");
  return der;
}

std::string der_to_joined(std::string_view der, KeyFamily family) {
  const std::size_t half = field_bytes(family);
  const unsigned char* from = as_unsigned(der);
  const SignaturePointer signature(d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(der.size())));
  if (signature == nullptr) {
    ERR_clear_error();
    return {};
  }
  std::string joined(2 * half, '\0');
  unsigned char* const to = as_unsigned(joined);
  check(
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, static_cast<int>(half)) == static_cast<int>(half) &&
          BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + half, static_cast<int>(half)) == static_cast<int>(half),
      "r and s are below the group's order");
  return joined;
}

Result<PublicKey> PublicKey::from_rsa(const RsaParameters& parameters) {
  if (has_leading_zero(parameters.modulus) || has_leading_zero(parameters.exponent)) {
    return fail(ErrorKind::invalid, "an RSA key's numbers must be there, without leading zeros");
  }
  const BigNumberPointer n(
      BN_bin2bn(as_unsigned(parameters.modulus), static_cast<int>(parameters.modulus.size()), nullptr));
  const BigNumberPointer e(
      BN_bin2bn(as_unsigned(parameters.exponent), static_cast<int>(parameters.exponent.size()), nullptr));
  check(n != nullptr && e != nullptr, "memory for a key");
  const auto bits = static_cast<std::size_t>(BN_num_bits(n.get()));
  if (bits < k_rsa_bits_min || bits > k_rsa_bits_max || !is_odd(parameters.modulus)) {
    return fail(ErrorKind::invalid, "an RSA modulus of {} bits is outside {} to {}, or even", bits, k_rsa_bits_min,
                k_rsa_bits_max);
  }
  if (parameters.exponent.size() > k_rsa_exponent_bytes_max || !is_odd(parameters.exponent) || BN_is_one(e.get())) {
    return fail(ErrorKind::invalid, "an RSA exponent must be odd, at least 3, and at most {} bytes",
                k_rsa_exponent_bytes_max);
  }
  const ParameterBuilderPointer builder(OSSL_PARAM_BLD_new());
  check(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
            OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1,
        "memory for a key");
  const ParametersPointer built(OSSL_PARAM_BLD_to_param(builder.get()));
  KeyPointer key = key_from_parameters("RSA", built.get());
  if (key == nullptr) {
    return fail(ErrorKind::invalid, "not an RSA public key");
  }
  return PublicKey(std::make_shared<State>(State{KeyFamily::rsa, std::move(key)}));
}

Result<PublicKey> PublicKey::from_point(const PointParameters& parameters) {
  const KeyFamily family = family_of(parameters.curve);
  const std::size_t length = field_bytes(family);
  if (parameters.x.size() != length || parameters.y.size() != length) {
    return fail(ErrorKind::invalid, "a point on {} has coordinates of {} bytes", group_name(parameters.curve), length);
  }
  std::string point = "\x04";
  point.append(parameters.x).append(parameters.y);
  std::string group = group_name(parameters.curve);
  OSSL_PARAM built[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end(),
  };
  KeyPointer key = key_from_parameters("EC", built);
  if (key == nullptr) {
    return fail(ErrorKind::invalid, "not a point on {}", group);
  }
  return PublicKey(std::make_shared<State>(State{family, std::move(key)}));
}

Result<PublicKey> PublicKey::from_ed25519(std::string_view x) {
  static constexpr std::size_t k_ed25519_bytes = 32;
  if (x.size() != k_ed25519_bytes) {
    return fail(ErrorKind::invalid, "an Ed25519 key has {} bytes", k_ed25519_bytes);
  }
  KeyPointer key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, as_unsigned(x), x.size()));
  if (key == nullptr) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, "not an Ed25519 public key");
  }
  return PublicKey(std::make_shared<State>(State{KeyFamily::ed25519, std::move(key)}));
}

PrivateKey PrivateKey::generate(SignatureAlgorithm algorithm) {
  check(algorithm == SignatureAlgorithm::es256 || algorithm == SignatureAlgorithm::eddsa, "signs with these two only");
  const bool edwards = algorithm == SignatureAlgorithm::eddsa;
  KeyPointer key(edwards ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                         : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  check(key != nullptr, "OpenSSL makes keys");
  const KeyFamily family = edwards ? KeyFamily::ed25519 : KeyFamily::p256;
  return PrivateKey(std::make_shared<PublicKey::State>(PublicKey::State{family, std::move(key)}));
}

std::string PrivateKey::to_der() const {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(state_->key.get(), &der);
  check(size > 0, "a private key has a DER form");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return out;
}

Result<PrivateKey> PrivateKey::from_der(std::string_view der) {
  const unsigned char* from = as_unsigned(der);
  KeyPointer key(d2i_AutoPrivateKey_ex(nullptr, &from, static_cast<long>(der.size()), nullptr, nullptr));
  if (key == nullptr || from != as_unsigned(der) + der.size()) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, "not a private key in DER");
  }
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
    return PrivateKey(std::make_shared<PublicKey::State>(PublicKey::State{KeyFamily::ed25519, std::move(key)}));
  }
  if (EVP_PKEY_is_a(key.get(), "EC") == 1 && EVP_PKEY_get_bits(key.get()) == 256) {
    return PrivateKey(std::make_shared<PublicKey::State>(PublicKey::State{KeyFamily::p256, std::move(key)}));
  }
  return fail(ErrorKind::invalid, "a private key of another kind than P-256 or Ed25519");
}

}  // namespace ostraka::crypto
