#include "snapshot/table_taker.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "snapshot/in_memory.h"

namespace ostraka::snapshot {
namespace {

using Table = VoterTable<3>;

class Electorate {
 public:
  explicit Electorate(std::uint64_t seed) : random_(seed) {}

  VoterKey key() {
    VoterKey key;
    for (std::uint8_t& byte : key.bytes) {
      byte = static_cast<std::uint8_t>(random_());
    }
    if (one_first_byte) {
      key.bytes[0] = 1;  // so that it goes a byte deeper while it is taken
    }
    return key;
  }
  Table::Payload payload() {
    return {static_cast<std::uint8_t>(random_()), static_cast<std::uint8_t>(random_()),
            static_cast<std::uint8_t>(random_())};
  }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  bool one_first_byte = false;

 private:
  std::mt19937_64 random_;
};

// Takes `tables` while `between` puts more in, and puts the pieces together again.
std::map<std::uint32_t, Table> taken(TableTaker<3>& taker, const std::function<void()>& between, std::size_t slice) {
  MemorySink sink;
  sink.begin({Owner::tally, 3, 0, std::string(k_log_id_bytes, 'l')});
  std::string pieces;
  while (!taker.take(pieces, slice)) {
    sink.put(std::exchange(pieces, {}));
    between();
  }
  sink.finish(std::move(pieces), [] { return std::string("state"); });
  MemorySource source(sink.whole);
  std::map<std::uint32_t, Table> tables;
  while (true) {
    const auto piece = source.next();
    EXPECT_TRUE(piece);
    if (!piece || (*piece)->header.kind == PieceKind::state) {
      return tables;
    }
    EXPECT_TRUE(put_piece(tables[(*piece)->header.table], **piece));
  }
}

void expect_same(const Table& table, const std::map<VoterKey, Table::Payload>& expected) {
  ASSERT_EQ(table.size(), expected.size());
  for (const auto& [key, payload] : expected) {
    const std::uint8_t* found = table.find(key);
    ASSERT_NE(found, nullptr);
    ASSERT_TRUE(std::equal(payload.begin(), payload.end(), found));
  }
}

TEST(TableTaker, WhatIsPutTogetherIsTheTableOfTheEndWhateverCameBetween) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Electorate electorate(seed);
    electorate.one_first_byte = seed % 2 == 0;
    Table table;
    std::map<VoterKey, Table::Payload> all;
    TableTaker<3> taker([&](std::uint32_t number) { return number == 0 ? &table : nullptr; });
    const auto put = [&] {
      const VoterKey key = electorate.key();
      const Table::Payload payload = electorate.payload();
      if (table.insert(key, payload).is_new) {
        all[key] = payload;
        taker.inserted(0, key, payload);
      }
    };
    // What is in before it begins is told of, too: it is all ahead of the walk.
    for (std::uint64_t i = 0, voters = electorate.below(60'000); i < voters; ++i) {
      put();
    }
    const auto between = [&] {
      for (std::uint64_t i = 0; i < 20; ++i) {
        put();
      }
    };
    auto tables = taken(taker, between, 500 + electorate.below(20'000));
    expect_same(tables[0], all);
    // And it goes on from there as if nothing had been.
    for (int i = 0; i < 1'000; ++i) {
      const VoterKey key = electorate.key();
      all.emplace(key, Table::Payload{});
      tables[0].insert(key, {});
    }
    expect_same(tables[0], all);
  }
}

TEST(TableTaker, TablesThatAppearMeanwhileComeLast) {
  Electorate electorate(1);
  std::vector<std::unique_ptr<Table>> tables;
  std::vector<std::map<VoterKey, Table::Payload>> all;
  TableTaker<3> taker([&](std::uint32_t number) { return number < tables.size() ? tables[number].get() : nullptr; });
  const auto between = [&] {
    if (tables.size() < 5) {
      tables.push_back(std::make_unique<Table>());
      all.emplace_back();
    }
    for (int i = 0; i < 50; ++i) {
      const auto number = static_cast<std::uint32_t>(electorate.below(tables.size()));
      const VoterKey key = electorate.key();
      tables[number]->insert(key, {});
      all[number][key] = {};
      taker.inserted(number, key, {});
    }
  };
  between();
  auto restored = taken(taker, between, 3'000);
  for (std::uint32_t number = 0; number < tables.size(); ++number) {
    expect_same(restored[number], all[number]);
  }
}

TEST(TableTaker, SaysWhenItCannotKeepUp) {
  Table table;
  table.insert({}, {});
  TableTaker<3> taker([&](std::uint32_t number) { return number == 0 ? &table : nullptr; });
  std::string pieces;
  while (pieces.empty()) {
    taker.take(pieces, 1);  // behind the first leaf
  }
  for (std::size_t i = 0; i <= k_late_entries_max; ++i) {
    EXPECT_FALSE(taker.overflows());
    taker.inserted(0, {}, {});
  }
  EXPECT_TRUE(taker.overflows());
}

TEST(PutPiece, RefusesWhatCannotHaveBeenWritten) {
  Table table;
  Electorate electorate(2);
  for (int i = 0; i < 500; ++i) {
    table.insert(electorate.key(), electorate.payload());
  }
  const auto image = table.leaf_at(0);
  const std::string memory(reinterpret_cast<const char*>(image.memory.data()), image.memory.size());
  const auto put = [](PieceHeader header, const std::string& body) {
    Table fresh;
    return put_piece(fresh, Piece{header, body});
  };
  const PieceHeader right{PieceKind::leaf, 1, 0, 0, image.entries, 0};
  EXPECT_TRUE(put(right, memory));
  const auto wrong = [&](auto change) {
    PieceHeader header = right;
    change(header);
    return put(header, memory);
  };
  EXPECT_FALSE(wrong([](PieceHeader& h) { h.entries += 1; }));
  EXPECT_FALSE(wrong([](PieceHeader& h) { h.entries = 0; }));
  EXPECT_FALSE(wrong([](PieceHeader& h) { h.known = 0; }));
  EXPECT_FALSE(wrong([](PieceHeader& h) { h.known = 3; }));
  EXPECT_FALSE(wrong([](PieceHeader& h) { h.place = 1; }));
  EXPECT_FALSE(put(right, memory.substr(1)));
  EXPECT_FALSE(put(right, ""));
  for (std::size_t at = 0; at < 8; ++at) {
    std::string other = memory;
    other[at] = static_cast<char>(other[at] ^ 0x41);  // a tag that is not its slot's, or a slot that is none
    EXPECT_FALSE(put(right, other)) << at;
  }
  Table twice;
  EXPECT_TRUE(put_piece(twice, Piece{right, memory}));
  EXPECT_FALSE(put_piece(twice, Piece{right, memory}));
  const std::string entry(VoterKey::k_bytes + 3, 'e');
  EXPECT_TRUE(put({PieceKind::entries, 0, 0, 0, 1, 0}, entry));
  EXPECT_FALSE(put({PieceKind::entries, 0, 0, 0, 2, 0}, entry + entry));
  EXPECT_FALSE(put({PieceKind::entries, 0, 0, 0, 1, 0}, entry + "e"));
}

}  // namespace
}  // namespace ostraka::snapshot
