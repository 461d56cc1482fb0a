// An exact map from voter keys to a few bytes each, for hundreds of millions of voters in little memory. Pure.
//
// A trie of one or two bytes of the key, with a small open-addressing table in each leaf: what led to the leaf is not
// kept again, and because leaves are small they can be full (they grow by an eighth, in microseconds) without anybody
// ever waiting for a large table to be moved. A slot is a tag byte, 14 bytes of key, and the payload; with the payload
// of the once-ledger (11 bytes) a voter takes 29 to 36 bytes, with none 16 to 22.
//
// Tags are looked at eight at a time in one machine word (the method of Swiss tables, Kulukundis, CppCon 2017, with the
// bit tricks of Hacker's Delight in place of vector instructions: the same on every processor). A tag that seems to
// match is only a hint: whole keys are compared, so nothing is ever found that was not put in.
//
// Keys are the output of a PRF, so some of their bits serve as hash. Nothing is ever taken out. Owned by one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "base/ids.h"

namespace ostraka {

template <std::size_t k_payload_bytes>
class VoterTable {
 public:
  using Payload = std::array<std::uint8_t, k_payload_bytes>;
  static constexpr std::size_t k_payload_size = k_payload_bytes;

  // The payload's bytes, until the next insert; null when the voter is not there.
  const std::uint8_t* find(const VoterKey& voter) const {
    const Branch& branch = branches_[voter.bytes[0]];
    return branch.deeper ? (*branch.deeper)[voter.bytes[1]].find(voter) : branch.leaf.find(voter);
  }

  // Asks the memory for what the next find() or insert() of this voter looks at. For many voters ahead of many.
  void prefetch(const VoterKey& voter) const {
    const Branch& branch = branches_[voter.bytes[0]];
    branch.deeper ? (*branch.deeper)[voter.bytes[1]].prefetch(voter) : branch.leaf.prefetch(voter);
  }

  struct Inserted {
    const std::uint8_t* payload = nullptr;  // of whoever was first
    bool is_new = false;
  };
  Inserted insert(const VoterKey& voter, const Payload& payload) {
    Branch& branch = branches_[voter.bytes[0]];
    if (!branch.deeper && branch.leaf.size() >= k_leaf_entries_max) {
      split(branch);
    }
    const Inserted inserted = branch.deeper ? (*branch.deeper)[voter.bytes[1]].insert(voter, payload)
                                            : branch.leaf.insert(voter, payload);
    size_ += inserted.is_new ? 1 : 0;
    return inserted;
  }

  std::size_t size() const { return size_; }

  // Images: a table written out leaf by leaf while it goes on growing, and put together again. A *place* is the first
  // two bytes of a key, as a number; leaves have ascending places, and an entry of a leaf is in the image of it or was
  // inserted after that was taken.
  static constexpr std::uint32_t k_places = 1U << 16;
  static std::uint32_t place_of(const VoterKey& voter) { return std::uint32_t{voter.bytes[0]} << 8 | voter.bytes[1]; }

  struct LeafImage {
    std::uint32_t place = 0;                // the first of its keys'
    unsigned known = 0;                     // bytes of the key that led to it: 1 or 2
    std::uint32_t entries = 0;              // at least 1, or there is no memory
    std::span<const std::uint8_t> memory;   // until the next insert
    std::uint32_t next_place() const { return place + (known == 1 ? 256U : 1U); }
  };
  // The leaf that keys of this place are in. REQUIRES: place < k_places, and it is 0 or another leaf's next_place().
  LeafImage leaf_at(std::uint32_t place) const {
    const Branch& branch = branches_[place >> 8];
    return branch.deeper ? (*branch.deeper)[place & 0xff].image(place) : branch.leaf.image(place);
  }

  // Puts a leaf back as it was. False when it cannot be one, or some of its place is there already: then throw the
  // table away. Not checked: that its keys belong to the place and can be found; that is what check sums are for.
  bool put_leaf(const LeafImage& image) {
    if (image.place >= k_places || (image.known != 1 && image.known != 2)) {
      return false;
    }
    Branch& branch = branches_[image.place >> 8];
    bool put = false;
    if (image.known == 1) {
      put = (image.place & 0xff) == 0 && !branch.deeper && branch.leaf.put(image);
    } else if (branch.leaf.size() == 0) {
      if (!branch.deeper) {
        branch.deeper = std::make_unique<Deeper>();
      }
      put = (*branch.deeper)[image.place & 0xff].put(image);
    }
    size_ += put ? image.entries : 0;
    return put;
  }

  // What is allocated. Walks everything: for metrics.
  std::size_t bytes() const {
    std::size_t bytes = sizeof(Branches);
    for (const Branch& branch : branches_) {
      bytes += branch.leaf.bytes();
      if (branch.deeper) {
        bytes += sizeof(*branch.deeper);
        for (const auto& leaf : *branch.deeper) {
          bytes += leaf.bytes();
        }
      }
    }
    return bytes;
  }

 private:
  static constexpr std::size_t k_leaf_entries_max = 4'096;  // of a leaf one byte deep; then it goes two bytes deep
  static constexpr std::size_t k_group = 8;                 // slots whose tags are one word

  // Keys that begin with the same `k_known` bytes.
  template <std::size_t k_known>
  class Leaf {
   public:
    const std::uint8_t* find(const VoterKey& voter) const {
      if (groups_ == 0) {
        return nullptr;
      }
      const std::uint64_t hash = hash_of(voter.bytes.data() + k_known);
      for (std::uint32_t group = home_of(hash);; group = next(group)) {
        const std::uint64_t tags = tags_of(group);
        for (std::uint64_t seeming = matches(tags, tag_of(hash)); seeming != 0; seeming &= seeming - 1) {
          const std::uint8_t* slot = slot_at(group, static_cast<unsigned>(std::countr_zero(seeming)) / 8);
          if (std::memcmp(slot, voter.bytes.data() + k_known, k_kept) == 0) {
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
      __builtin_prefetch(memory_.get() + group * k_group);
      const std::uint8_t* const slots = slot_at(group, 0);
      for (std::size_t at = 0; at < k_group * k_slot_bytes; at += k_line_bytes) {
        __builtin_prefetch(slots + at, 1);
      }
    }

    Inserted insert(const VoterKey& voter, const Payload& payload) {
      if (const std::uint8_t* found = find(voter)) {
        return {found, false};
      }
      if (10 * (std::size_t{size_} + 1) > 9 * k_group * std::size_t{groups_}) {
        grow();
      }
      std::uint8_t* slot = take_slot(voter.bytes.data() + k_known);
      std::memcpy(slot, voter.bytes.data() + k_known, k_kept);
      std::memcpy(slot + k_kept, payload.data(), k_payload_bytes);
      return {slot + k_kept, true};
    }

    std::size_t size() const { return size_; }
    std::size_t bytes() const { return groups_ * k_group_bytes; }

    LeafImage image(std::uint32_t place) const {
      return {place, static_cast<unsigned>(k_known), size_, {memory_.get(), bytes()}};
    }

    bool put(const LeafImage& image) {
      const std::size_t groups = image.memory.size() / k_group_bytes;
      if (size_ != 0 || image.entries == 0 || image.memory.size() % k_group_bytes != 0 || groups > k_groups_max ||
          10 * std::size_t{image.entries} > 9 * k_group * groups) {
        return false;
      }
      Leaf leaf;
      leaf.groups_ = static_cast<std::uint32_t>(groups);
      leaf.size_ = image.entries;
      leaf.memory_.reset(new std::uint8_t[image.memory.size()]);
      std::memcpy(leaf.memory_.get(), image.memory.data(), image.memory.size());
      if (!leaf.has_its_tags()) {
        return false;
      }
      *this = std::move(leaf);
      return true;
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

   private:
    static constexpr std::size_t k_kept = VoterKey::k_bytes - k_known;
    static constexpr std::size_t k_slot_bytes = k_kept + k_payload_bytes;
    static constexpr std::size_t k_group_bytes = k_group * (1 + k_slot_bytes);
    static constexpr std::size_t k_line_bytes = 64;  // of the processor's cache
    static constexpr std::size_t k_groups_max = std::size_t{1} << 28;
    static constexpr std::uint64_t k_low_bits = 0x0101010101010101;
    static constexpr std::uint64_t k_high_bits = 0x8080808080808080;

    static std::uint64_t hash_of(const std::uint8_t* kept) {
      std::uint64_t hash;
      std::memcpy(&hash, kept + k_kept - sizeof hash, sizeof hash);
      return hash;
    }
    // The high bits choose the group, the low ones are the tag. A tag is never 0: that is an empty slot.
    std::uint32_t home_of(std::uint64_t hash) const {
      return static_cast<std::uint32_t>(((hash >> 32) * groups_) >> 32);
    }
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
      std::memcpy(&tags, memory_.get() + group * k_group, sizeof tags);
      return std::endian::native == std::endian::little ? tags : __builtin_bswap64(tags);
    }
    std::uint8_t* slot_at(std::uint32_t group, unsigned index) const {
      return memory_.get() + k_group * std::size_t{groups_} + (group * k_group + index) * k_slot_bytes;
    }

    // Each tag is its slot's, an empty one is 0, and there are as many as entries.
    bool has_its_tags() const {
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
      return used_slots == size_;
    }

    // REQUIRES: room, and the key is not there.
    std::uint8_t* take_slot(const std::uint8_t* kept) {
      const std::uint64_t hash = hash_of(kept);
      std::uint32_t group = home_of(hash);
      while (empties(tags_of(group)) == 0) {
        group = next(group);
      }
      const unsigned index = static_cast<unsigned>(std::countr_zero(empties(tags_of(group)))) / 8;
      memory_[group * k_group + index] = tag_of(hash);
      ++size_;
      return slot_at(group, index);
    }

    void grow() {
      Leaf larger;
      larger.groups_ = groups_ + std::max<std::uint32_t>(1, groups_ / 8);
      larger.memory_ = std::make_unique<std::uint8_t[]>(larger.bytes());
      for_each([&larger](const std::uint8_t* kept, const std::uint8_t*) {
        std::memcpy(larger.take_slot(kept), kept, k_slot_bytes);
      });
      *this = std::move(larger);
    }

    std::unique_ptr<std::uint8_t[]> memory_;  // all tags, so that looking on costs no other cache line; then the slots
    std::uint32_t groups_ = 0;
    std::uint32_t size_ = 0;
  };

  using Deeper = std::array<Leaf<2>, 256>;
  struct Branch {
    Leaf<1> leaf;
    std::unique_ptr<Deeper> deeper;  // when there is one, the leaf is empty
  };
  using Branches = std::array<Branch, 256>;

  static void split(Branch& branch) {
    branch.deeper = std::make_unique<Deeper>();
    branch.leaf.for_each([&branch](const std::uint8_t* kept, const std::uint8_t* bytes) {
      VoterKey voter;
      std::memcpy(voter.bytes.data() + 1, kept, VoterKey::k_bytes - 1);  // the first byte is not looked at any more
      Payload payload;
      std::memcpy(payload.data(), bytes, k_payload_bytes);
      (*branch.deeper)[voter.bytes[1]].insert(voter, payload);
    });
    branch.leaf = {};
  }

  Branches branches_;
  std::size_t size_ = 0;
};

}  // namespace ostraka
