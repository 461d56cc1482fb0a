#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/unique_function.h"

namespace ostraka {
namespace {

TEST(Ids, VoterKeyRoundTripsThroughHexAndRefusesEveryOtherForm) {
  const std::string hex = "000102030405060708090a0b0c0d0e0f";
  const auto key = VoterKey::from_hex(hex);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->hex(), hex);
  EXPECT_FALSE(VoterKey::from_hex(hex.substr(2)));
  EXPECT_FALSE(VoterKey::from_hex(hex + "00"));
  EXPECT_FALSE(VoterKey::from_hex("000102030405060708090A0B0C0D0E0F"));
  EXPECT_FALSE(VoterKey::from_hex("zz0102030405060708090a0b0c0d0e0f"));
}

TEST(Ids, PartitionIsTheFirstEightBytesBigEndianModuloPartitions) {
  const auto key = VoterKey::from_hex("0000000000000107ffffffffffffffff");
  ASSERT_TRUE(key);
  EXPECT_EQ(partition_of(*key, 4).value, 0x107U % 4);
  EXPECT_EQ(partition_of(*key, 100).value, 0x107U % 100);
}

TEST(Ids, IdentifierFormIsTheContracts) {
  for (const char* good : {"a", "0", "best-song", "a-"}) {
    EXPECT_TRUE(is_identifier(good)) << good;
  }
  for (const char* bad : {"", "-a", "A", "a_b", "a b", "ä"}) {
    EXPECT_FALSE(is_identifier(bad)) << bad;
  }
  EXPECT_TRUE(is_identifier(std::string(63, 'a')));
  EXPECT_FALSE(is_identifier(std::string(64, 'a')));
}

TEST(Varint, RoundTripsAndHasOneFormOnly) {
  for (const std::uint64_t value : {0ULL, 1ULL, 127ULL, 128ULL, 300ULL, ~0ULL}) {
    std::string bytes;
    append_varint(bytes, value);
    std::string_view view = bytes;
    EXPECT_EQ(take_varint(view), value);
    EXPECT_TRUE(view.empty());
    std::string_view truncated = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(take_varint(truncated));
  }
  std::string_view padded("\x80\x00", 2);
  EXPECT_FALSE(take_varint(padded));
  std::string_view overflowing("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
  EXPECT_FALSE(take_varint(overflowing));
}

TEST(Time, Rfc3339RoundTripsAndKnowsOffsets) {
  const auto time = from_rfc3339("2026-01-01T00:00:00.250Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc3339(*time), "2026-01-01T00:00:00.250Z");
  EXPECT_EQ(from_rfc3339("2026-01-01T01:30:00.25+01:30"), time);
  EXPECT_EQ(from_rfc3339("2025-12-31T19:00:00.2509999-05:00"), time);
  for (const char* bad : {"", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                          "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
                          "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+0100"}) {
    EXPECT_FALSE(from_rfc3339(bad)) << bad;
  }
}

TEST(Random, TwoDrawsDiffer) { EXPECT_NE(system_random().bytes(16), system_random().bytes(16)); }

TEST(Results, FailCarriesKindAndMessage) {
  const Result<int> result = fail(ErrorKind::disk_full, "{} bytes short", 7);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::disk_full);
  EXPECT_EQ(result.error().message, "7 bytes short");
}

TEST(UniqueFunction, HoldsWhatCannotBeCopiedAndEndsItOnce) {
  int ended = 0;
  const auto promise = [&ended] {
    return std::unique_ptr<int, std::function<void(int*)>>(new int(7), [&ended](int* number) {
      ++ended;
      delete number;
    });
  };
  std::array<char, 2 * UniqueFunction<int()>::k_inside_bytes> large{};
  UniqueFunction<int()> small([held = promise()] { return *held; });
  UniqueFunction<int()> outside([held = promise(), large] { return *held + large[0]; });
  for (UniqueFunction<int()>* function : {&small, &outside}) {
    EXPECT_TRUE(*function);
    EXPECT_EQ((*function)(), 7);
    UniqueFunction<int()> moved(std::move(*function));
    EXPECT_FALSE(*function);
    EXPECT_EQ(moved(), 7);
    *function = std::move(moved);
    EXPECT_EQ((*function)(), 7);
  }
  EXPECT_EQ(ended, 0);
  small = {};
  EXPECT_EQ(ended, 1);
  outside = UniqueFunction<int()>([held = promise()] { return *held; });
  EXPECT_EQ(ended, 2);
  outside = {};
  EXPECT_EQ(ended, 3);
}

}  // namespace
}  // namespace ostraka
