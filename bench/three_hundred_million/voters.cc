#include "three_hundred_million/voters.h"

#include <array>
#include <cstring>

#include "base/bytes.h"

namespace ostraka::bench {

namespace {

std::string bytes_of(std::uint64_t value) {
  std::string bytes(sizeof value, '\0');
  store_le(bytes.data(), value);
  return bytes;
}

}  // namespace

Voters::Voters(std::uint64_t seed) : prf_(bytes_of(seed)) {}

VoterKey Voters::key(std::uint64_t number) {
  std::array<char, crypto::k_hmac_sha256_bytes> mac;
  std::array<char, sizeof number> bytes;
  store_le(bytes.data(), number);
  prf_.mac_into({bytes.data(), bytes.size()}, mac);
  VoterKey key;
  std::memcpy(key.bytes.data(), mac.data(), VoterKey::k_bytes);
  return key;
}

std::uint32_t Voters::choice(const VoterKey& key, std::uint32_t options) {
  return static_cast<std::uint32_t>(key.bytes[13] << 8 | key.bytes[14]) % options;
}

}  // namespace ostraka::bench
