#include "base/ids.h"

#include "base/bytes.h"

namespace ostraka {

std::optional<VoterKey> VoterKey::from_bytes(std::string_view raw) {
  if (raw.size() != k_bytes) {
    return std::nullopt;
  }
  VoterKey key;
  std::memcpy(key.bytes.data(), raw.data(), k_bytes);
  return key;
}

std::optional<VoterKey> VoterKey::from_hex(std::string_view hex) {
  std::array<char, k_bytes> raw;
  if (hex.size() != 2 * k_bytes || !read_hex(hex, raw.data())) {
    return std::nullopt;
  }
  return from_bytes({raw.data(), raw.size()});
}

std::string VoterKey::hex() const { return to_hex(view()); }

bool is_identifier(std::string_view id) {
  if (id.empty() || id.size() > 63 || id.front() == '-') {
    return false;
  }
  for (const char c : id) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
      return false;
    }
  }
  return true;
}

}  // namespace ostraka
