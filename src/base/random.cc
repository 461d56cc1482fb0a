#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace ostraka {

namespace {

class SystemRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override {
    std::string out(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = getrandom(out.data() + done, count - done, 0);
      check(got > 0, "getrandom");
      done += static_cast<std::size_t>(got);
    }
    return out;
  }
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace ostraka
