// What has arrived on a connection and is not yet done with. Starts small, doubles up to a bound, and is small again
// between requests, so that ten thousand idle connections cost little. One owner, one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace ostraka::http {

class InputBuffer {
 public:
  static constexpr std::size_t k_bytes_first = 2 * 1024;

  explicit InputBuffer(std::size_t bytes_max) : bytes_max_(std::max(bytes_max, k_bytes_first)) {}

  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool is_full() const { return size() >= bytes_max_; }

  // Room behind what is there; empty when full. Moves what is there: views into it end.
  struct Room {
    char* data;
    std::size_t bytes;
  };
  Room room() {
    if (end_ == capacity_) {
      make_room();
    }
    return {data_.get() + end_, capacity_ - end_};
  }
  void added(std::size_t count) { end_ += count; }

  void drop_front(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) {
      begin_ = end_ = 0;
    }
  }
  // Takes [at, at + count) out; what stands behind moves up.
  void drop_middle(std::size_t at, std::size_t count) {
    char* gap = data_.get() + begin_ + at;
    std::memmove(gap, gap + count, size() - at - count);
    end_ -= count;
  }
  // REQUIRES: no views into it are alive.
  void release_if_empty_and_large() {
    if (size() == 0 && capacity_ > 4 * k_bytes_first) {
      release();
    }
  }
  // With what is in it. REQUIRES: no views into it are alive.
  void release() {
    data_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  void make_room() {
    const std::size_t used = size();
    if (begin_ > 0 && used <= capacity_ / 2) {
      std::memmove(data_.get(), data_.get() + begin_, used);
    } else if (capacity_ < bytes_max_) {
      const std::size_t capacity = std::min(bytes_max_, std::max(k_bytes_first, capacity_ * 2));
      auto larger = std::make_unique_for_overwrite<char[]>(capacity);
      if (used > 0) {
        std::memcpy(larger.get(), data_.get() + begin_, used);
      }
      data_ = std::move(larger);
      capacity_ = capacity;
    } else if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, used);
    }
    begin_ = 0;
    end_ = used;
  }

  std::size_t bytes_max_;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace ostraka::http
