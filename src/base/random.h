// Randomness is handed in, like time.
#pragma once

#include <cstddef>
#include <string>

namespace ostraka {

// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::string bytes(std::size_t count) = 0;
};

// The kernel's getrandom(2): fit for keys. Ends the process when the kernel has none.
Random& system_random();

}  // namespace ostraka
