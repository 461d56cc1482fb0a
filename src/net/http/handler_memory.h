// Room for one operation of Asio's at a time, inside its connection: a read that waits is begun for every request, and
// among many connections Asio's own cache of two never has one to give. What does not fit, or comes while the room is
// taken, is allocated as usual.
//
// The room must live until the operation's handler was destroyed; Asio gives it back before it calls the handler.
#pragma once

#include <cstddef>
#include <new>

namespace ostraka::http {

class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* take(std::size_t bytes) {
    if (is_taken_ || bytes > sizeof room_) {
      return ::operator new(bytes);
    }
    is_taken_ = true;
    return room_;
  }
  void give_back(void* place) {
    if (place == room_) {
      is_taken_ = false;
    } else {
      ::operator delete(place);
    }
  }

 private:
  alignas(std::max_align_t) std::byte room_[256];
  bool is_taken_ = false;
};

// What boost::asio::bind_allocator() takes. REQUIRES: nothing with more than the usual alignment.
template <class T>
class HandlerAllocator {
 public:
  using value_type = T;

  explicit HandlerAllocator(HandlerMemory& memory) : memory_(&memory) {}
  template <class Other>
  HandlerAllocator(const HandlerAllocator<Other>& other) : memory_(other.memory_) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(count * sizeof(T))); }
  void deallocate(T* place, std::size_t) { memory_->give_back(place); }
  template <class Other>
  bool operator==(const HandlerAllocator<Other>& other) const {
    return memory_ == other.memory_;
  }

 private:
  template <class Other>
  friend class HandlerAllocator;
  HandlerMemory* memory_;
};

}  // namespace ostraka::http
