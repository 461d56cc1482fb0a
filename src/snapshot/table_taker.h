// Writes tables of voters out, a slice at a time, while they go on growing. Pure.
//
// Intuition: a walk through the tables, leaf by leaf, each copied as it is when the walk comes to it. What is put in
// afterwards *behind* the walk is noted and written as entries; what is put in *ahead* of it is in the leaf when the
// walk gets there. So when the walk is over and the notes are written, the pieces in their order are the tables of that
// moment, exactly, and nobody had to stop for it.
//
// Owned by the thread that owns the tables.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "base/voter_table.h"
#include "snapshot/source.h"

namespace ostraka::snapshot {

inline constexpr std::size_t k_late_entries_max = 1'000'000;  // noted and not written: beyond, the snapshot is given up
inline constexpr std::size_t k_entries_of_a_piece_max = 4'096;

template <std::size_t k_payload_bytes>
class TableTaker {
 public:
  using Table = VoterTable<k_payload_bytes>;
  static constexpr std::size_t k_entry_bytes = VoterKey::k_bytes + k_payload_bytes;

  // By number, from 0; null behind the last. A table that appears while the walk goes on has the next number.
  using FindTable = std::function<const Table*(std::uint32_t)>;
  explicit TableTaker(FindTable find) : find_(std::move(find)) {}

  // Has to be told of every new entry.
  void inserted(std::uint32_t table, const VoterKey& voter, const typename Table::Payload& payload) {
    if (std::pair(table, Table::place_of(voter)) < std::pair(table_, place_)) {
      late_.push_back({table, voter, payload});
    }
  }
  bool overflows() const { return late_.size() > k_late_entries_max; }

  // Appends pieces of about `bytes_max` (at least one, when there is one). True when the pieces so far are the tables as
  // they are now. Comes to its end only if slices are larger than what is put in between two of them.
  bool take(std::string& out, std::size_t bytes_max) {
    const std::size_t until = out.size() + bytes_max;
    take_late(out, until);
    while (out.size() < until) {
      const Table* table = find_(table_);
      if (table == nullptr) {
        return late_.empty();
      }
      const auto leaf = table->leaf_at(place_);
      if (leaf.entries > 0) {
        append_piece(out,
                     {PieceKind::leaf, static_cast<std::uint8_t>(leaf.known), static_cast<std::uint16_t>(leaf.place),
                      table_, leaf.entries, 0},
                     {reinterpret_cast<const char*>(leaf.memory.data()), leaf.memory.size()});
      }
      place_ = leaf.next_place();
      if (place_ == Table::k_places) {
        place_ = 0;
        ++table_;
      }
    }
    return false;
  }

 private:
  struct Late {
    std::uint32_t table = 0;
    VoterKey voter;
    typename Table::Payload payload;
  };

  void take_late(std::string& out, std::size_t until) {
    std::size_t taken = 0;
    while (taken < late_.size() && out.size() < until) {
      const std::uint32_t table = late_[taken].table;
      std::string body;
      std::uint32_t entries = 0;
      for (; taken < late_.size() && late_[taken].table == table && entries < k_entries_of_a_piece_max; ++taken) {
        body.append(late_[taken].voter.view());
        body.append(reinterpret_cast<const char*>(late_[taken].payload.data()), k_payload_bytes);
        ++entries;
      }
      append_piece(out, {PieceKind::entries, 0, 0, table, entries, 0}, body);
    }
    late_.erase(late_.begin(), late_.begin() + static_cast<std::ptrdiff_t>(taken));
  }

  FindTable find_;
  std::uint32_t table_ = 0;  // where the walk is: everything before it is written
  std::uint32_t place_ = 0;
  std::deque<Late> late_;
};

// Puts a leaf or entries back. False when it cannot be what was written: an entry that is there already, a leaf that is.
template <std::size_t k_payload_bytes>
bool put_piece(VoterTable<k_payload_bytes>& table, const Piece& piece) {
  using Table = VoterTable<k_payload_bytes>;
  constexpr std::size_t k_entry_bytes = VoterKey::k_bytes + k_payload_bytes;
  if (piece.header.entries == 0) {
    return false;
  }
  if (piece.header.kind == PieceKind::leaf) {
    return table.put_leaf({piece.header.place, piece.header.known, piece.header.entries,
                           {reinterpret_cast<const std::uint8_t*>(piece.body.data()), piece.body.size()}});
  }
  if (piece.header.kind != PieceKind::entries || piece.body.size() != piece.header.entries * k_entry_bytes) {
    return false;
  }
  // Keys of random places: the memory of each is asked for some entries before it is needed.
  constexpr std::size_t k_bytes_ahead = 16 * k_entry_bytes;
  for (std::string_view rest = piece.body; !rest.empty(); rest.remove_prefix(k_entry_bytes)) {
    if (rest.size() > k_bytes_ahead) {
      table.prefetch(*VoterKey::from_bytes(rest.substr(k_bytes_ahead, VoterKey::k_bytes)));
    }
    typename Table::Payload payload;
    if constexpr (k_payload_bytes > 0) {
      rest.copy(reinterpret_cast<char*>(payload.data()), k_payload_bytes, VoterKey::k_bytes);
    }
    if (!table.insert(*VoterKey::from_bytes(rest.substr(0, VoterKey::k_bytes)), payload).is_new) {
      return false;
    }
  }
  return true;
}

}  // namespace ostraka::snapshot
