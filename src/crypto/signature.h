// Digital signatures as JSON Web Algorithms names them (RFC 7518, RFC 8037), over OpenSSL.
//
// A key knows which algorithms fit it, and verify() refuses every other one: which algorithm a token claims is never
// what decides how it is checked. Keys that are weak or no keys at all are refused when they are made.
// Keys are immutable: share them between threads freely.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ostraka::crypto {

inline constexpr std::size_t k_rsa_bits_min = 2048;
inline constexpr std::size_t k_rsa_bits_max = 8192;  // larger keys make one verification cost milliseconds
inline constexpr std::size_t k_rsa_exponent_bytes_max = 4;

enum class SignatureAlgorithm { rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa };

// Exactly the names of RFC 7518 and RFC 8037: no `none`, no `HS…`, case matters.
std::optional<SignatureAlgorithm> signature_algorithm_from_name(std::string_view name);
std::string_view signature_algorithm_name(SignatureAlgorithm algorithm);

enum class Curve { p256, p384, p521 };

struct RsaParameters {
  std::string_view modulus;   // big endian without leading zeros
  std::string_view exponent;  // the same
};

// Big endian, each exactly as long as the field.
struct PointParameters {
  Curve curve = Curve::p256;
  std::string_view x;
  std::string_view y;
};

class PublicKey {
 public:
  static Result<PublicKey> from_rsa(const RsaParameters& parameters);
  static Result<PublicKey> from_point(const PointParameters& parameters);
  static Result<PublicKey> from_ed25519(std::string_view x);

  bool fits(SignatureAlgorithm algorithm) const;
  // False for a wrong signature, and for an algorithm that does not fit this key. ECDSA signatures are r ‖ s (JOSE);
  // RSA-PSS salts have the digest's length.
  bool verify(SignatureAlgorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  friend class PrivateKey;
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// For the built-in development issuer: es256 and eddsa only.
class PrivateKey {
 public:
  // REQUIRES: algorithm is es256 or eddsa.
  static PrivateKey generate(SignatureAlgorithm algorithm);
  // What to_der() gave.
  static Result<PrivateKey> from_der(std::string_view der);
  std::string to_der() const;  // PKCS #8, secret

  SignatureAlgorithm algorithm() const;
  PublicKey public_key() const;
  std::string sign(std::string_view message) const;

 private:
  explicit PrivateKey(std::shared_ptr<const PublicKey::State> state) : state_(std::move(state)) {}
  std::shared_ptr<const PublicKey::State> state_;
};

}  // namespace ostraka::crypto
