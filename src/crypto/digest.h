// SHA-256 (FIPS 180-4) over OpenSSL. crypto/ is the only user of OpenSSL's crypto.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ostraka::crypto {

inline constexpr std::size_t k_sha256_bytes = 32;

// Keeps its context between calls: one per thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  // 32 bytes.
  std::string digest(std::string_view bytes);
  // The same without allocating.
  void digest_into(std::string_view bytes, std::span<char, k_sha256_bytes> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// With a context of the calling thread.
std::string sha256(std::string_view bytes);

}  // namespace ostraka::crypto
