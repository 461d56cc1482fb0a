#include "base/mapped_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace ostraka {
namespace {

constexpr std::size_t k_large_page_bytes = 2 << 20;
// So that growing hardly ever means another place.
constexpr std::size_t k_reserved_bytes_min = 64 << 20;

constexpr int k_mapping = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void* map_anywhere(std::size_t bytes) { return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, k_mapping, -1, 0); }

std::uint8_t* or_throw(void* mapped) {
  if (mapped == MAP_FAILED) {
    throw std::bad_alloc();
  }
  return static_cast<std::uint8_t*>(mapped);
}

}  // namespace

void MappedMemory::grow_to(std::size_t bytes) {
  if (bytes <= size_) {
    return;
  }
  if (bytes > reserved_) {
    reserve(std::max(k_reserved_bytes_min, std::bit_ceil(bytes)));
  }
  size_ = bytes;
  ask_for_large_pages();
}

// Addresses that begin at a large page's border, and what is there moved to them as it is.
void MappedMemory::reserve(std::size_t bytes) {
  std::uint8_t* const range = or_throw(map_anywhere(bytes + k_large_page_bytes));
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(range) % k_large_page_bytes;
  std::uint8_t* const aligned = range + before;
  if (before != 0) {
    munmap(range, before);
  }
  munmap(aligned + bytes, k_large_page_bytes - before);
  if (data_ != nullptr) {
    move_to(aligned, bytes);
  }
  data_ = aligned;
  reserved_ = bytes;
}

// Only one mapping can be moved. Parts with other wishes are several, and become one again by the same wish, but not
// always: then it is copied.
void MappedMemory::move_to(std::uint8_t* place, std::size_t bytes) {
  madvise(data_, reserved_, MADV_HUGEPAGE);
  if (mremap(data_, reserved_, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED) {
    return;
  }
  // What was at the new place may be gone by now.
  or_throw(mmap(place, bytes, PROT_READ | PROT_WRITE, k_mapping | MAP_FIXED, -1, 0));
  std::memcpy(place, data_, size_);
  munmap(data_, reserved_);
  large_ = 0;
}

// Random access to gigabytes otherwise waits for page tables, too. A wish only: nothing depends on the answers. The last
// page is large when at least half of it is used, so that little memory is never touched.
void MappedMemory::ask_for_large_pages() {
  const std::size_t wanted = (size_ + k_large_page_bytes / 2) / k_large_page_bytes * k_large_page_bytes;
  if (wanted <= large_) {
    return;
  }
  madvise(data_ + large_, wanted - large_, MADV_HUGEPAGE);
#ifdef MADV_COLLAPSE
  madvise(data_ + large_, k_large_page_bytes, MADV_COLLAPSE);  // small pages were touched in the first half of it
#endif
  large_ = wanted;
}

MappedMemory::~MappedMemory() {
  if (data_ != nullptr) {
    munmap(data_, reserved_);
  }
}

}  // namespace ostraka
