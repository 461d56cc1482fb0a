#include "parts/write_methods.h"

#include <fcntl.h>

#include <utility>

#include "base/check.h"
#include "io/descriptor.h"

namespace ostraka::bench {

namespace {

// The first is what the log would cost without its zeros: each sync then waits for the file's new size as well. The
// second is what the log does.
constexpr WriteMethod k_methods[] = {
    {"extending_fdatasync", FileAtFirst::empty, 0, HandedOver::by_calls, 1},
    {"fdatasync", FileAtFirst::zeros, 0, HandedOver::by_calls, 2},
    {"dsync", FileAtFirst::zeros, O_DSYNC, HandedOver::by_calls, 2},
    {"direct_dsync", FileAtFirst::zeros, O_DIRECT | O_DSYNC, HandedOver::by_calls, 2},
    {"ring_fdatasync", FileAtFirst::zeros, 0, HandedOver::by_ring, k_ring_batches_max},
    {"ring_direct_dsync", FileAtFirst::zeros, O_DIRECT | O_DSYNC, HandedOver::by_ring, k_ring_batches_max},
};

class CallingWriter final : public BatchWriter {
 public:
  CallingWriter(io::Descriptor file, bool syncs) : file_(std::move(file)), syncs_(syncs) {}

  void begin(std::uint64_t at, std::string_view bytes) override {
    const ssize_t written = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    check(std::cmp_equal(written, bytes.size()), "a write");
    check(!syncs_ || ::fdatasync(file_.get()) == 0, "a sync");
  }

  void finish() override {}

 private:
  const io::Descriptor file_;
  const bool syncs_;
};

}  // namespace

std::span<const WriteMethod> write_methods() { return k_methods; }

Result<std::unique_ptr<BatchWriter>> open_batch_writer(const WriteMethod& method, const std::string& path) {
  if (method.how == HandedOver::by_ring) {
    return open_ring_writer(method, path);
  }
  Result<io::Descriptor> file = io::open_descriptor(path, O_WRONLY | method.open_flags);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  return std::make_unique<CallingWriter>(std::move(*file), (method.open_flags & O_DSYNC) == 0);
}

}  // namespace ostraka::bench
