// Memory straight from the operating system: zeros, given page by page when first touched. It grows without being
// copied and is given back whole: for what is large, where an allocator would keep the holes that growing leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace ostraka {

class MappedMemory {
 public:
  MappedMemory() = default;
  ~MappedMemory();
  MappedMemory(MappedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        reserved_(std::exchange(other.reserved_, 0)),
        large_(std::exchange(other.large_, 0)) {}
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(reserved_, other.reserved_);
    std::swap(large_, other.large_);
    return *this;
  }

  // Never smaller. What is there stays there, but may stand elsewhere then. Throws std::bad_alloc and is as it was.
  void grow_to(std::size_t bytes);

  std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  void reserve(std::size_t bytes);
  void move_to(std::uint8_t* place, std::size_t bytes);
  void ask_for_large_pages();

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t reserved_ = 0;  // addresses
  std::size_t large_ = 0;     // bytes from the front for which large pages were asked
};

}  // namespace ostraka
