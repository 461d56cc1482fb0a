// A small open-addressing table of voters in memory that somebody else owns: the leaves of voter_table.h, which says
// how and why. Pure.
//
// All tags first, so that looking on costs no other cache line; then the slots. A tag of 0 is an empty slot. Keys stand
// in the order of their hashes, nearly, so that a leaf moves into a larger one from front to back in both.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/ids.h"

namespace ostraka {

// Of keys that begin with the same `k_known` bytes, which are not kept. A view: copied freely.
template <std::size_t k_known, std::size_t k_payload_bytes>
class VoterLeaf {
 public:
  static constexpr std::size_t k_group = 8;  // slots whose tags are one word
  static constexpr std::size_t k_kept = VoterKey::k_bytes - k_known;
  static constexpr std::size_t k_slot_bytes = k_kept + k_payload_bytes;
  static constexpr std::size_t k_group_bytes = k_group * (1 + k_slot_bytes);
  static constexpr std::size_t k_groups_max = std::size_t{1} << 28;

  VoterLeaf() = default;
  // `memory`: groups * k_group_bytes. Zeros are an empty leaf; so is anything after clear().
  VoterLeaf(std::uint8_t* memory, std::uint32_t groups) : memory_(memory), groups_(groups) {}

  const std::uint8_t* memory() const { return memory_; }
  std::uint32_t groups() const { return groups_; }
  std::size_t bytes() const { return groups_ * k_group_bytes; }

  // Of voters: more of them make it slow; more than the second cannot be put in, for a search ends at an empty slot.
  static std::size_t good_load(std::size_t groups) { return k_group * groups * 15 / 16; }
  static std::size_t load_max(std::size_t groups) { return k_group * groups * 31 / 32; }
  // The fewest groups for which this many voters are a good load.
  static std::uint32_t groups_for(std::size_t voters) {
    return static_cast<std::uint32_t>((voters * 16 + 15 * k_group - 1) / (15 * k_group));
  }

  // The payload of the voter; null when it is not there.
  const std::uint8_t* find(const VoterKey& voter) const {
    if (groups_ == 0) {
      return nullptr;
    }
    const std::uint8_t* const kept = voter.bytes.data() + k_known;
    const std::uint64_t hash = hash_of(kept);
    for (std::uint32_t group = home_of(hash);; group = next(group)) {
      const std::uint64_t tags = tags_of(group);
      for (std::uint64_t seeming = matches(tags, tag_of(hash)); seeming != 0; seeming &= seeming - 1) {
        const std::uint8_t* slot = slot_at(group, static_cast<unsigned>(std::countr_zero(seeming)) / 8);
        if (std::memcmp(slot, kept, k_kept) == 0) {
          return slot + k_kept;
        }
      }
      if (empties(tags) != 0) {
        return nullptr;
      }
    }
  }

  // The tags and, since the slot is not known before the tags are, the lines of the whole group.
  void prefetch(const VoterKey& voter) const {
    if (groups_ == 0) {
      return;
    }
    const std::uint32_t group = home_of(hash_of(voter.bytes.data() + k_known));
    __builtin_prefetch(memory_ + group * k_group);
    const std::uint8_t* const slots = slot_at(group, 0);
    for (std::size_t at = 0; at < k_group * k_slot_bytes; at += k_line_bytes) {
      __builtin_prefetch(slots + at, 1);
    }
  }

  void clear() { std::memset(memory_, 0, groups_ * k_group); }

  // Puts a new voter in; returns where its payload is. REQUIRES: it is not there, and there are fewer than load_max().
  const std::uint8_t* put(const VoterKey& voter, const std::uint8_t* payload) {
    std::uint8_t* const slot = take_slot(voter.bytes.data() + k_known);
    std::memcpy(slot, voter.bytes.data() + k_known, k_kept);
    std::memcpy(slot + k_kept, payload, k_payload_bytes);
    return slot + k_kept;
  }

  // Puts all of another one in, of the same known bytes. REQUIRES: as put().
  void put_all(const VoterLeaf& other) {
    other.for_each([this](const std::uint8_t* kept, const std::uint8_t*) {
      std::memcpy(take_slot(kept), kept, k_slot_bytes);
    });
  }

  // Calls visit(kept bytes of the key, payload bytes).
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t group = 0; group < groups_; ++group) {
      for (std::uint64_t used = ~empties(tags_of(group)) & k_high_bits; used != 0; used &= used - 1) {
        const std::uint8_t* slot = slot_at(group, static_cast<unsigned>(std::countr_zero(used)) / 8);
        visit(slot, slot + k_kept);
      }
    }
  }

  // Each tag is its slot's, an empty one is 0, and there are `voters` of them.
  bool has_its_tags(std::size_t voters) const {
    std::size_t used_slots = 0;
    for (std::uint32_t group = 0; group < groups_; ++group) {
      const std::uint64_t tags = tags_of(group);
      for (unsigned index = 0; index < k_group; ++index) {
        const auto tag = static_cast<std::uint8_t>(tags >> (8 * index));
        if (tag != 0 && tag != tag_of(hash_of(slot_at(group, index)))) {
          return false;
        }
        used_slots += tag != 0 ? 1 : 0;
      }
    }
    return used_slots == voters;
  }

 private:
  static constexpr std::size_t k_line_bytes = 64;  // of the processor's cache
  static constexpr std::uint64_t k_low_bits = 0x0101010101010101;
  static constexpr std::uint64_t k_high_bits = 0x8080808080808080;

  static std::uint64_t hash_of(const std::uint8_t* kept) {
    std::uint64_t hash;
    std::memcpy(&hash, kept + k_kept - sizeof hash, sizeof hash);
    return hash;
  }
  // The high bits choose the group, the low ones are the tag. A tag is never 0: that is an empty slot.
  std::uint32_t home_of(std::uint64_t hash) const { return static_cast<std::uint32_t>(((hash >> 32) * groups_) >> 32); }
  static std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash | 0x80); }

  // The high bit of each byte that seems to be the tag; may say so of one that is not, never misses one.
  static std::uint64_t matches(std::uint64_t tags, std::uint8_t tag) {
    const std::uint64_t zero_where_equal = tags ^ (k_low_bits * tag);
    return (zero_where_equal - k_low_bits) & ~zero_where_equal & k_high_bits;
  }
  static std::uint64_t empties(std::uint64_t tags) { return ~tags & k_high_bits; }

  std::uint32_t next(std::uint32_t group) const { return group + 1 == groups_ ? 0 : group + 1; }
  std::uint64_t tags_of(std::uint32_t group) const {
    std::uint64_t tags;
    std::memcpy(&tags, memory_ + group * k_group, sizeof tags);
    return std::endian::native == std::endian::little ? tags : __builtin_bswap64(tags);
  }
  std::uint8_t* slot_at(std::uint32_t group, unsigned index) const {
    return memory_ + k_group * std::size_t{groups_} + (group * k_group + index) * k_slot_bytes;
  }

  std::uint8_t* take_slot(const std::uint8_t* kept) {
    const std::uint64_t hash = hash_of(kept);
    std::uint32_t group = home_of(hash);
    while (empties(tags_of(group)) == 0) {
      group = next(group);
    }
    const unsigned index = static_cast<unsigned>(std::countr_zero(empties(tags_of(group)))) / 8;
    memory_[group * k_group + index] = tag_of(hash);
    return slot_at(group, index);
  }

  std::uint8_t* memory_ = nullptr;
  std::uint32_t groups_ = 0;
};

}  // namespace ostraka
