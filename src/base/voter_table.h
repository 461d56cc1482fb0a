// An exact map from voter keys to a few bytes each, for hundreds of millions of voters in little memory. Pure.
//
// A trie of one or two bytes of the key, with a small open-addressing table in each leaf: what led to the leaf is not
// kept again, and because leaves are small they can be full without anybody ever waiting for a large table to be moved:
// moving one takes some ten microseconds, at most a few hundred. A slot is a tag byte, 14 bytes of key, and the payload;
// with the payload of the once-ledger (11 bytes) 300 million voters take 28 to 30 bytes each, with none 16 to 17.
// Decision 0072.
//
//   VoterTable ── 256 branches, by the first byte ──┬─ a leaf of its own (VoterLeaf), while it is small
//                                                   └─ a grove (VoterGrove): 256 leaves, by the second byte
//
// Tags are looked at eight at a time in one machine word (the method of Swiss tables, Kulukundis, CppCon 2017, with the
// bit tricks of Hacker's Delight in place of vector instructions: the same on every processor). A tag that seems to
// match is only a hint: whole keys are compared, so nothing is ever found that was not put in.
//
// Keys are the output of a PRF, so some of their bits serve as hash. Nothing is ever taken out. Owned by one thread.
// Memory that cannot be had is std::bad_alloc.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "base/ids.h"
#include "base/voter_grove.h"
#include "base/voter_leaf.h"

namespace ostraka {

template <std::size_t k_payload_bytes>
class VoterTable {
 public:
  using Payload = std::array<std::uint8_t, k_payload_bytes>;
  static constexpr std::size_t k_payload_size = k_payload_bytes;

  // The payload's bytes, until the next insert; null when the voter is not there.
  const std::uint8_t* find(const VoterKey& voter) const {
    const Branch& branch = branches_[voter.bytes[0]];
    return branch.grove ? branch.grove->find(voter) : branch.leaf.find(voter);
  }

  // Asks the memory for what the next find() or insert() of this voter looks at. For many voters ahead of many.
  void prefetch(const VoterKey& voter) const {
    const Branch& branch = branches_[voter.bytes[0]];
    branch.grove ? branch.grove->prefetch(voter) : branch.leaf.prefetch(voter);
  }

  struct Inserted {
    const std::uint8_t* payload = nullptr;  // of whoever was first
    bool is_new = false;
  };
  Inserted insert(const VoterKey& voter, const Payload& payload) {
    Branch& branch = branches_[voter.bytes[0]];
    const auto [found, is_new] =
        branch.grove ? branch.grove->insert(voter, payload.data()) : insert_into_leaf(branch, voter, payload);
    size_ += is_new ? 1 : 0;
    return {found, is_new};
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
    if (!branch.grove) {
      return {place, 1, branch.size, {branch.leaf.memory(), branch.leaf.bytes()}};
    }
    const unsigned number = place & 0xff;
    return {place, 2, branch.grove->voters_of(number), branch.grove->memory_of(number)};
  }

  // Puts a leaf back as it was. False when it cannot be one, or some of its place is there already: then throw the
  // table away. (Keys that are no PRF's output can make that so: a voter who is put in between, whose leaf was empty when
  // the walk passed it.) Not checked: that its keys belong to the place and can be found; that is what check sums are for.
  bool put_leaf(const LeafImage& image) {
    if (image.place >= k_places || image.entries == 0 || (image.known != 1 && image.known != 2)) {
      return false;
    }
    Branch& branch = branches_[image.place >> 8];
    const unsigned number = image.place & 0xff;
    bool is_put = false;
    if (image.known == 1) {
      is_put = number == 0 && put_branch_leaf(branch, image);
    } else if (branch.size == 0) {
      if (!branch.grove) {
        branch.grove = std::make_unique<Grove>();
      }
      is_put = branch.grove->put(number, image.entries, image.memory);
    }
    size_ += is_put ? image.entries : 0;
    return is_put;
  }

  // What is allocated. Walks everything: for metrics.
  std::size_t bytes() const {
    std::size_t bytes = sizeof *this;
    for (const Branch& branch : branches_) {
      bytes += branch.leaf.bytes() + (branch.grove ? branch.grove->bytes() : 0);
    }
    return bytes;
  }

 private:
  using Grove = VoterGrove<k_payload_bytes>;
  using BranchLeaf = VoterLeaf<1, k_payload_bytes>;
  static constexpr std::uint32_t k_branch_leaf_max = 16'384;  // voters; then the branch goes two bytes deep

  struct Branch {
    std::unique_ptr<std::uint8_t[]> leaf_memory;
    BranchLeaf leaf;  // empty when there is a grove
    std::uint32_t size = 0;  // of the leaf
    std::unique_ptr<Grove> grove;
  };

  static std::pair<const std::uint8_t*, bool> insert_into_leaf(Branch& branch, const VoterKey& voter,
                                                               const Payload& payload) {
    if (const std::uint8_t* found = branch.leaf.find(voter)) {
      return {found, false};
    }
    if (branch.size >= k_branch_leaf_max) {
      plant(branch);
      return branch.grove->insert(voter, payload.data());
    }
    if (branch.size + 1 > BranchLeaf::good_load(branch.leaf.groups())) {
      grow_leaf(branch);
    }
    ++branch.size;
    return {branch.leaf.put(voter, payload.data()), true};
  }

  static void grow_leaf(Branch& branch) {
    const std::uint32_t groups = branch.leaf.groups() + std::max<std::uint32_t>(1, branch.leaf.groups() / 5);
    auto memory = std::make_unique<std::uint8_t[]>(groups * BranchLeaf::k_group_bytes);
    BranchLeaf larger(memory.get(), groups);
    larger.put_all(branch.leaf);
    branch.leaf = larger;
    branch.leaf_memory = std::move(memory);
  }

  static bool put_branch_leaf(Branch& branch, const LeafImage& image) {
    const std::size_t groups = image.memory.size() / BranchLeaf::k_group_bytes;
    if (branch.grove || branch.size != 0 || image.memory.size() % BranchLeaf::k_group_bytes != 0 ||
        groups > BranchLeaf::k_groups_max ||
        image.entries > BranchLeaf::load_max(groups)) {
      return false;
    }
    branch.leaf_memory.reset(new std::uint8_t[image.memory.size()]);
    std::memcpy(branch.leaf_memory.get(), image.memory.data(), image.memory.size());
    branch.leaf = BranchLeaf(branch.leaf_memory.get(), static_cast<std::uint32_t>(groups));
    branch.size = image.entries;
    return branch.leaf.has_its_tags(image.entries);
  }

  // Makes a grove of the leaf.
  static void plant(Branch& branch) {
    std::array<std::uint32_t, Grove::k_leaves> voters{};
    branch.leaf.for_each([&voters](const std::uint8_t* kept, const std::uint8_t*) { ++voters[kept[0]]; });
    branch.grove = std::make_unique<Grove>(voters);
    branch.leaf.for_each([&branch](const std::uint8_t* kept, const std::uint8_t* payload) {
      VoterKey voter;
      std::memcpy(voter.bytes.data() + 1, kept, BranchLeaf::k_kept);  // the first byte is not looked at any more
      branch.grove->insert(voter, payload);
    });
    branch.leaf = {};
    branch.leaf_memory.reset();
    branch.size = 0;
  }

  std::array<Branch, 256> branches_;
  std::size_t size_ = 0;
};

}  // namespace ostraka
