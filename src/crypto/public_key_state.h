// What PublicKey and PrivateKey hold. Of crypto/ only.
#pragma once

#include "crypto/openssl_pointers.h"
#include "crypto/signature.h"

namespace ostraka::crypto {

enum class KeyFamily { rsa, p256, p384, p521, ed25519 };

struct PublicKey::State {
  KeyFamily family = KeyFamily::rsa;
  KeyPointer key;
};

// Bytes of one coordinate, and of r and of s: signatures are twice as long. 0 for RSA and Ed25519.
std::size_t field_bytes(KeyFamily family);

// r ‖ s to DER and back. Empty when the length is not the curve's, or OpenSSL refuses.
std::string joined_to_der(std::string_view joined, KeyFamily family);
std::string der_to_joined(std::string_view der, KeyFamily family);

}  // namespace ostraka::crypto
