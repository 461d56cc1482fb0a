// The voters whose keys begin with the same byte, when there are many: 256 leaves side by side in one piece of memory.
// A part of voter_table.h. Pure.
//
// Leaves of random keys are nearly alike and become full at nearly the same time, so they grow together, and in place:
// the piece is made longer, and with each insert one leaf, from the last to the first, moves up to where it has a
// sixteenth more room. An insert hardly ever waits for more than a leaf, nothing is there twice, and no holes stay
// behind. (When keys are chosen to be alike one insert may wait for the whole grove: milliseconds.)
//
//   before   [ 0 ][ 1 ][ 2 ] … [255]
//   growing  [ 0 ][ 1 ]   …  [ 254 ][ 255 ]      moved_down_to_ = 254
//   after    [  0  ][  1  ][  2  ] … [ 255 ]
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/mapped_memory.h"
#include "base/voter_leaf.h"

namespace ostraka {

template <std::size_t k_payload_bytes>
class VoterGrove {
 public:
  using Leaf = VoterLeaf<2, k_payload_bytes>;
  static constexpr unsigned k_leaves = 256;  // by the second byte of the key

  VoterGrove() = default;
  // An empty one with room for so many in each leaf, and some more.
  explicit VoterGrove(const std::array<std::uint32_t, k_leaves>& voters) {
    std::size_t groups = 0;
    for (const std::uint32_t expected : voters) {
      groups += groups_with_room(expected);
    }
    lengthen(groups * Leaf::k_group_bytes);
    for (unsigned number = 0; number < k_leaves; ++number) {
      append(number, groups_with_room(voters[number]));
    }
  }

  const std::uint8_t* find(const VoterKey& voter) const { return places_[voter.bytes[1]].leaf().find(voter); }
  void prefetch(const VoterKey& voter) const { places_[voter.bytes[1]].leaf().prefetch(voter); }

  // The payload of whoever was first, and whether this is the one.
  std::pair<const std::uint8_t*, bool> insert(const VoterKey& voter, const std::uint8_t* payload) {
    const unsigned number = voter.bytes[1];
    Place& place = places_[number];
    if (const std::uint8_t* found = place.leaf().find(voter)) {
      return {found, false};
    }
    if (is_growing()) {
      move_next();
    } else if (voters_ >= good_load_ || place.voters + k_until_its_turn >= Leaf::load_max(place.groups)) {
      begin_to_grow(number);
    }
    // Hardly ever, while keys are random: before a leaf is full its turn has come.
    while (place.voters >= Leaf::load_max(place.groups)) {
      is_growing() ? move_next() : begin_to_grow(number);
    }
    ++place.voters;
    ++voters_;
    return {place.leaf().put(voter, payload), true};
  }

  std::uint32_t voters_of(unsigned number) const { return places_[number].voters; }
  // Its memory, until the next insert.
  std::span<const std::uint8_t> memory_of(unsigned number) const {
    return {places_[number].memory, places_[number].leaf().bytes()};
  }

  // Puts a leaf back whose memory was this. REQUIRES: voters > 0. False when it cannot be one, or if there is anything
  // already of it or of those behind it.
  bool put(unsigned number, std::uint32_t voters, std::span<const std::uint8_t> memory) {
    const std::size_t groups = memory.size() / Leaf::k_group_bytes;
    if (memory.size() % Leaf::k_group_bytes != 0 || groups > Leaf::k_groups_max || voters > Leaf::load_max(groups)) {
      return false;
    }
    finish_growing();
    for (unsigned behind = number; behind < k_leaves; ++behind) {
      if (places_[behind].groups != 0) {
        return false;
      }
    }
    if (used_ + memory.size() > memory_.size()) {
      lengthen(used_ + memory.size() * (k_leaves - number));  // those behind it will be about as large
    }
    Place& place = append(number, static_cast<std::uint32_t>(groups));
    std::memcpy(place.memory, memory.data(), memory.size());
    place.voters = voters;
    voters_ += voters;
    return place.leaf().has_its_tags(voters);
  }

  // What is allocated.
  std::size_t bytes() const { return sizeof *this + memory_.size(); }

 private:
  struct Place {
    std::uint8_t* memory = nullptr;
    std::uint32_t groups = 0;
    std::uint32_t voters = 0;
    Leaf leaf() const { return Leaf(memory, groups); }
  };

  // Voters who come into one leaf while all of them move, and a few.
  static constexpr std::size_t k_until_its_turn = 4;

  // Room for a sixteenth more, and for small ones a few, since they differ more from each other.
  static std::uint32_t groups_with_room(std::size_t voters) { return Leaf::groups_for(voters + voters / 16 + 8); }
  // Leaves are in the order of their numbers and only move up, so none gets smaller; an empty one takes nothing before
  // it is needed.
  static std::uint32_t groups_when_grown(const Place& place, bool is_needed) {
    return place.voters == 0 && !is_needed ? place.groups : std::max(place.groups, groups_with_room(place.voters));
  }

  // REQUIRES: the memory is long enough.
  Place& append(unsigned number, std::uint32_t groups) {
    places_[number] = {memory_.data() + used_, groups, 0};
    used_ += groups * Leaf::k_group_bytes;
    good_load_ += Leaf::good_load(groups);
    return places_[number];
  }

  bool is_growing() const { return moved_down_to_ != 0; }
  void finish_growing() {
    while (is_growing()) {
      move_next();
    }
  }

  // REQUIRES: not growing.
  void begin_to_grow(unsigned needed) {
    std::size_t groups = 0;
    good_load_ = 0;
    for (unsigned number = 0; number < k_leaves; ++number) {
      planned_[number] = groups_when_grown(places_[number], number == needed);
      groups += planned_[number];
      good_load_ += Leaf::good_load(planned_[number]);
    }
    lengthen(groups * Leaf::k_group_bytes);
    used_ = groups * Leaf::k_group_bytes;
    moved_down_to_ = k_leaves;
    moved_to_ = memory_.data() + used_;
  }

  // REQUIRES: is_growing(). What is above the leaf's old place is free or has moved; it may overlap with its new one.
  void move_next() {
    Place& place = places_[moved_down_to_ - 1];
    const std::uint32_t groups = planned_[moved_down_to_ - 1];
    std::uint8_t* const to = moved_to_ - groups * Leaf::k_group_bytes;
    Leaf old = place.leaf();
    std::vector<std::uint8_t> aside;
    if (place.groups != 0 && place.memory + old.bytes() > to) {
      aside.assign(place.memory, place.memory + old.bytes());
      old = Leaf(aside.data(), place.groups);
    }
    place.memory = to;
    place.groups = groups;
    place.leaf().clear();
    place.leaf().put_all(old);
    moved_to_ = to;
    --moved_down_to_;
  }

  void lengthen(std::size_t bytes) {
    const std::uint8_t* const before = memory_.data();
    memory_.grow_to(bytes);
    for (Place& place : places_) {
      if (place.memory != nullptr) {
        place.memory = memory_.data() + (place.memory - before);
      }
    }
  }

  std::array<Place, k_leaves> places_;
  MappedMemory memory_;
  std::size_t used_ = 0;       // bytes of it
  std::size_t voters_ = 0;
  std::size_t good_load_ = 0;  // of all leaves, when they have grown
  // While growing: how large each will be, which have moved, and to where the last one did.
  std::array<std::uint32_t, k_leaves> planned_;
  unsigned moved_down_to_ = 0;
  std::uint8_t* moved_to_ = nullptr;
};

}  // namespace ostraka
