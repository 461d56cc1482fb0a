#include "base/mapped_memory.h"

#include <sys/mman.h>

#include <new>

namespace ostraka {

void MappedMemory::grow_to(std::size_t bytes) {
  if (bytes <= size_) {
    return;
  }
  void* const mapped = data_ == nullptr
                           ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                           : mremap(data_, size_, bytes, MREMAP_MAYMOVE);
  if (mapped == MAP_FAILED) {
    throw std::bad_alloc();
  }
  data_ = static_cast<std::uint8_t*>(mapped);
  size_ = bytes;
  // Large pages where they fit: random access to gigabytes otherwise waits for page tables, too. A wish only.
  madvise(mapped, bytes, MADV_HUGEPAGE);
}

MappedMemory::~MappedMemory() {
  if (data_ != nullptr) {
    munmap(data_, size_);
  }
}

}  // namespace ostraka
