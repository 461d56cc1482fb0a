// What came from a socket and was not used yet. Grows to the longest frame it ever held, and stays so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "net/batch/frame.h"

namespace ostraka::batch {

class ReadBuffer {
 public:
  static constexpr std::size_t k_room_min = 64 << 10;

  std::string_view bytes() const { return {memory_.get() + from_, to_ - from_}; }

  // Where more is read to, at least k_room_min bytes. What bytes() showed is moved.
  struct Room {
    char* data = nullptr;
    std::size_t bytes = 0;
  };
  Room room() {
    if (from_ > 0) {
      std::memmove(memory_.get(), memory_.get() + from_, to_ - from_);
      to_ -= from_;
      from_ = 0;
    }
    if (size_ - to_ < k_room_min) {
      const std::size_t larger = std::max(2 * size_, 2 * k_room_min);
      std::unique_ptr<char[]> memory(new char[larger]);
      std::copy_n(memory_.get(), to_, memory.get());
      memory_ = std::move(memory);
      size_ = larger;
    }
    return {memory_.get() + to_, size_ - to_};
  }
  void filled(std::size_t bytes) { to_ += bytes; }
  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const Room place = room();
      const std::size_t taken = std::min(place.bytes, bytes.size());
      std::memcpy(place.data, bytes.data(), taken);
      filled(taken);
      bytes.remove_prefix(taken);
    }
  }
  void used(std::size_t bytes) { from_ += bytes; }
  void clear() { from_ = to_ = 0; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t from_ = 0;
  std::size_t to_ = 0;
};

}  // namespace ostraka::batch
