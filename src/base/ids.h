// The identities that travel through every module: voter key, partition, offset. Value types.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ostraka {

// A place in a partition of a stream. Offsets start at 0 and are contiguous.
struct Offset {
  std::uint64_t value = 0;
  auto operator<=>(const Offset&) const = default;
  Offset plus(std::uint64_t records) const { return Offset{value + records}; }
  Offset next() const { return plus(1); }
};

struct Partition {
  std::uint32_t value = 0;
  auto operator<=>(const Partition&) const = default;
};

// The pseudonym of one voter in one election: first 16 bytes of
// HMAC-SHA256(the election's pepper, issuer ‖ 0 ‖ normalised uniqueness claim).
// PRF output, so its first bytes are a good hash and a fair partitioner.
struct VoterKey {
  static constexpr std::size_t k_bytes = 16;
  std::array<std::uint8_t, k_bytes> bytes{};

  auto operator<=>(const VoterKey&) const = default;

  std::uint64_t first_eight_big_endian() const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      value = value << 8 | bytes[i];
    }
    return value;
  }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

  // Empty unless `raw` is exactly 16 bytes.
  static std::optional<VoterKey> from_bytes(std::string_view raw);
  // Empty unless `hex` is exactly 32 lower-case hexadecimal digits.
  static std::optional<VoterKey> from_hex(std::string_view hex);
  std::string hex() const;
};

// Where this voter's ballots and issues live: first 8 bytes of the key, big endian, mod partitions.
// REQUIRES: partitions > 0.
inline Partition partition_of(const VoterKey& voter, std::uint32_t partitions) {
  return Partition{static_cast<std::uint32_t>(voter.first_eight_big_endian() % partitions)};
}

// [a-z0-9][a-z0-9-]{0,62}: the form of election, contest and option ids.
bool is_identifier(std::string_view id);

}  // namespace ostraka

template <>
struct std::hash<ostraka::VoterKey> {
  // The last eight bytes: the first eight already chose the partition, so inside one they are less random.
  std::size_t operator()(const ostraka::VoterKey& key) const noexcept {
    std::size_t value;
    std::memcpy(&value, key.bytes.data() + 8, sizeof value);
    return value;
  }
};
