// HMAC-SHA256 (RFC 2104, FIPS 198-1) over OpenSSL, with the keyed context kept.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ostraka::crypto {

inline constexpr std::size_t k_hmac_sha256_bytes = 32;

// One key. Keeps its context between calls: one per thread.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  // 32 bytes.
  std::string mac(std::string_view bytes);
  // The same without allocating.
  void mac_into(std::string_view bytes, std::span<char, k_hmac_sha256_bytes> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Constant time in the contents; the lengths may show.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace ostraka::crypto
