#include "base/voter_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <unordered_map>
#include <vector>

namespace ostraka {
namespace {

using Table = VoterTable<3>;

VoterKey key_of(std::uint64_t first, std::uint64_t last) {
  VoterKey key;
  std::memcpy(key.bytes.data(), &first, 8);
  std::memcpy(key.bytes.data() + 8, &last, 8);
  return key;
}

Table::Payload payload_of(std::uint64_t number) {
  return {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8),
          static_cast<std::uint8_t>(number >> 16)};
}

bool holds(const Table& table, const VoterKey& key, std::uint64_t number) {
  const std::uint8_t* found = table.find(key);
  const Table::Payload expected = payload_of(number);
  return found != nullptr && std::equal(expected.begin(), expected.end(), found);
}

TEST(VoterTable, IsEmptyAtFirstAndHoldsWhatWasPutInFirst) {
  Table table;
  EXPECT_EQ(table.find(key_of(1, 2)), nullptr);
  EXPECT_TRUE(table.insert(key_of(1, 2), payload_of(7)).is_new);
  const Table::Inserted again = table.insert(key_of(1, 2), payload_of(8));
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(*again.payload, 7);
  EXPECT_TRUE(holds(table, key_of(1, 2), 7));
  EXPECT_EQ(table.size(), 1U);
}

// What differs is what the place in the table does not depend on, or nothing but that.
TEST(VoterTable, KeysThatDifferInOneByteAreDifferent) {
  for (std::size_t byte = 0; byte < VoterKey::k_bytes; ++byte) {
    Table table;
    for (unsigned value = 0; value < 256; ++value) {
      VoterKey key = key_of(0x1111111111111111, 0x2222222222222222);
      key.bytes[byte] = static_cast<std::uint8_t>(value);
      ASSERT_EQ(table.find(key), nullptr) << byte << " " << value;
      ASSERT_TRUE(table.insert(key, payload_of(value)).is_new);
    }
    for (unsigned value = 0; value < 256; ++value) {
      VoterKey key = key_of(0x1111111111111111, 0x2222222222222222);
      key.bytes[byte] = static_cast<std::uint8_t>(value);
      ASSERT_TRUE(holds(table, key, value)) << byte << " " << value;
    }
  }
}

TEST(VoterTable, AgreesWithAMapThroughGrowthAndSplits) {
  std::mt19937_64 random(7);  // a fixed seed: the same keys each time
  struct Hash {
    std::size_t operator()(const VoterKey& key) const { return std::hash<VoterKey>{}(key); }
  };
  std::unordered_map<VoterKey, std::uint64_t, Hash> model;
  Table table;
  for (std::uint64_t i = 0; i < 400'000; ++i) {
    // Half of them in one branch, which goes two bytes deep; now and then one that is there already.
    VoterKey key = key_of(random(), random());
    if (i % 2 == 0) {
      key.bytes[0] = 9;
    }
    if (i % 10 == 3 && !model.empty()) {
      key = model.begin()->first;
    }
    const bool is_new = model.try_emplace(key, i).second;
    ASSERT_EQ(table.find(key) == nullptr, is_new);
    ASSERT_EQ(table.insert(key, payload_of(i)).is_new, is_new);
  }
  ASSERT_EQ(table.size(), model.size());
  for (const auto& [key, number] : model) {
    ASSERT_TRUE(holds(table, key, number));
    VoterKey other = key;
    other.bytes[15] ^= 1;
    ASSERT_EQ(table.find(other) != nullptr, model.contains(other));
  }
}

// Leaves that are nothing like each other: whoever chose the keys, everybody is found and nobody else.
TEST(VoterTable, IsExactWhenKeysAreAlike) {
  std::mt19937_64 random(7);
  Table table;
  std::vector<VoterKey> keys;
  for (std::uint64_t i = 0; i < 120'000; ++i) {
    VoterKey key = key_of(random(), random());
    key.bytes[0] = 3;
    // First all in one leaf, then in every one, then in few, each with leaves that stay empty.
    key.bytes[1] = static_cast<std::uint8_t>(i < 40'000 ? 200 : i < 80'000 ? key.bytes[1] : key.bytes[1] & 0x11);
    if (i % 3 == 0) {
      std::memset(key.bytes.data() + 8, 0x55, 4);  // of what serves as hash
    }
    ASSERT_TRUE(table.insert(key, payload_of(i)).is_new);
    keys.push_back(key);
  }
  for (std::uint64_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(holds(table, keys[i], i));
    keys[i].bytes[2] ^= 0xff;
    ASSERT_EQ(table.find(keys[i]), nullptr);
  }
}

void copy_leaves(const Table& from, std::uint32_t& place, std::uint32_t end, Table& to) {
  while (place < end) {
    const Table::LeafImage image = from.leaf_at(place);
    if (image.entries > 0) {
      ASSERT_TRUE(to.put_leaf(image));
    }
    place = image.next_place();
  }
}

// A branch of a table that is put together from its leaves while more voters come, as from a snapshot.
class HalfPutBack {
 public:
  HalfPutBack() {
    for (int i = 0; i < 60'000; ++i) {
      insert(whole, 255);
    }
  }
  void copy_to(std::uint32_t end) { copy_leaves(whole, place_, end, copy); }
  // Into the copy, below what was copied.
  void insert_up_to(unsigned second, int voters) {
    for (int i = 0; i < voters; ++i) {
      insert(copy, second);
    }
  }
  void expect_everybody() const {
    ASSERT_EQ(copy.size(), keys_.size());
    for (std::uint64_t i = 0; i < keys_.size(); ++i) {
      ASSERT_TRUE(holds(copy, keys_[i], i));
    }
  }

  Table whole, copy;

 private:
  void insert(Table& into, unsigned second_max) {
    VoterKey key = key_of(random_(), random_());
    key.bytes[0] = 1;
    key.bytes[1] = static_cast<std::uint8_t>(key.bytes[1] % (second_max + 1));
    ASSERT_TRUE(into.insert(key, payload_of(keys_.size())).is_new);
    keys_.push_back(key);
  }

  std::mt19937_64 random_{7};
  std::vector<VoterKey> keys_;
  std::uint32_t place_ = 0;
};

// Voters who were inserted behind the walk, so many that they make it grow.
TEST(VoterTable, LeavesArePutBackBetweenInserts) {
  HalfPutBack half;
  for (const unsigned second : {9U, 10U, 77U, 254U}) {
    half.copy_to(256 + second + 1);
    half.insert_up_to(second, 5'000);
  }
  half.copy_to(Table::k_places);
  half.expect_everybody();
  // A leaf that is there already, or in front of one that is, was not written by a walk.
  EXPECT_FALSE(half.copy.put_leaf(half.whole.leaf_at(256)));
  Table backwards;
  EXPECT_TRUE(backwards.put_leaf(half.whole.leaf_at(256 + 8)));
  EXPECT_FALSE(backwards.put_leaf(half.whole.leaf_at(256 + 7)));
}

// Growing takes as many inserts as there are leaves, and leaves are put back in the middle of it, again and again.
TEST(VoterTable, LeavesArePutBackWhileItGrows) {
  HalfPutBack half;
  for (unsigned second = 0; second < 256; ++second) {
    half.copy_to(256 + second + 1);
    half.insert_up_to(second, 40);
  }
  half.expect_everybody();
}

TEST(VoterTable, ManyVotersTakeLittleMemoryAtEverySize) {
  std::mt19937_64 random(7);
  VoterTable<11> ledger;
  VoterTable<0> set;
  for (std::uint64_t i = 1; i <= 4'400'000; ++i) {
    const VoterKey key = key_of(random(), random());
    ledger.insert(key, {});
    set.insert(key, {});
    // The worst place is when all branches have just gone a byte deeper.
    if (i % 500'000 == 0 || i == 4'250'000) {
      EXPECT_LT(static_cast<double>(ledger.bytes()) / static_cast<double>(i), 35) << i;
      EXPECT_LT(static_cast<double>(set.bytes()) / static_cast<double>(i), 21) << i;
    }
  }
  EXPECT_EQ(set.size(), 4'400'000U);
}

}  // namespace
}  // namespace ostraka
