#include "base/crc32c.h"

#include <array>

#include "base/bytes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ostraka {

namespace {

constexpr std::uint32_t k_polynomial_reflected = 0x82F63B78U;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? k_polynomial_reflected : 0);
    }
    table[byte] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> k_table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::string_view bytes) {
  std::uint64_t state = 0xFFFFFFFFU;
  while (bytes.size() >= 8) {
    state = _mm_crc32_u64(state, load_le<std::uint64_t>(bytes.data()));
    bytes.remove_prefix(8);
  }
  auto last = static_cast<std::uint32_t>(state);
  for (const char byte : bytes) {
    last = _mm_crc32_u8(last, static_cast<unsigned char>(byte));
  }
  return ~last;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::string_view bytes) {
  std::uint32_t state = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    state = (state >> 8) ^ k_table[(state ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  return ~state;
}

std::uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) {
    return crc32c_sse42(bytes);
  }
#endif
  return crc32c_portable(bytes);
}

}  // namespace ostraka
