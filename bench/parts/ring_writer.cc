// Writes handed to the kernel by io_uring: a thread of its own is what two batches in flight do without.
#include <fcntl.h>
#include <liburing.h>

#include <array>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "io/descriptor.h"
#include "parts/write_methods.h"

namespace ostraka::bench {

namespace {

constexpr unsigned k_entries = 2 * k_ring_batches_max;  // a write and a sync each

Error refused(int error) {
  return {ErrorKind::unavailable, "io_uring: " + std::generic_category().message(error)};
}

class RingWriter final : public BatchWriter {
 public:
  RingWriter(io::Descriptor file, bool syncs) : file_(std::move(file)), syncs_(syncs) {}
  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;
  ~RingWriter() override {
    if (ready_) {
      io_uring_queue_exit(&ring_);
    }
  }

  Status set_up() {
    // Completions without interrupting the one thread that waits for them; older kernels refuse to promise that.
    int error = -io_uring_queue_init(k_entries, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error == EINVAL) {
      error = -io_uring_queue_init(k_entries, &ring_, 0);
    }
    ready_ = error == 0;
    return ready_ ? Status{} : Status(tl::make_unexpected(refused(error)));
  }

  void begin(std::uint64_t at, std::string_view bytes) override {
    check(begun_ - finished_ < k_ring_batches_max, "room in the ring");
    const std::uint64_t slot = begun_++ % k_ring_batches_max;
    bytes_[slot] = bytes.size();
    left_[slot] = syncs_ ? 2 : 1;
    io_uring_sqe* const write = io_uring_get_sqe(&ring_);
    io_uring_prep_write(write, file_.get(), bytes.data(), static_cast<unsigned>(bytes.size()), at);
    io_uring_sqe_set_data64(write, 2 * slot);
    if (syncs_) {
      // The sync begins when the write is done, and not at all when the write fails or falls short.
      write->flags |= IOSQE_IO_LINK;
      io_uring_sqe* const sync = io_uring_get_sqe(&ring_);
      io_uring_prep_fsync(sync, file_.get(), IORING_FSYNC_DATASYNC);
      io_uring_sqe_set_data64(sync, 2 * slot + 1);
    }
    check(io_uring_submit(&ring_) == left_[slot], "all of it handed over");
  }

  void finish() override {
    const std::uint64_t slot = finished_ % k_ring_batches_max;
    while (left_[slot] > 0) {
      take_one();
    }
    ++finished_;
  }

 private:
  void take_one() {
    io_uring_cqe* done = nullptr;
    int waited = 0;
    do {
      waited = io_uring_wait_cqe(&ring_, &done);
    } while (waited == -EINTR);
    check(waited == 0, "a completion");
    const std::uint64_t slot = done->user_data / 2;
    const bool is_sync = done->user_data % 2 == 1;
    check(is_sync ? done->res == 0 : std::cmp_equal(done->res, bytes_[slot]), "a write or a sync");
    --left_[slot];
    io_uring_cqe_seen(&ring_, done);
  }

  const io::Descriptor file_;
  const bool syncs_;
  io_uring ring_{};
  bool ready_ = false;
  std::uint64_t begun_ = 0;
  std::uint64_t finished_ = 0;
  std::array<std::size_t, k_ring_batches_max> bytes_{};
  std::array<int, k_ring_batches_max> left_{};  // completions to come
};

}  // namespace

Result<std::unique_ptr<BatchWriter>> open_ring_writer(const WriteMethod& method, const std::string& path) {
  Result<io::Descriptor> file = io::open_descriptor(path, O_WRONLY | method.open_flags);
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  auto writer = std::make_unique<RingWriter>(std::move(*file), (method.open_flags & O_DSYNC) == 0);
  if (Status ready = writer->set_up(); !ready) {
    return tl::make_unexpected(ready.error());
  }
  return writer;
}

}  // namespace ostraka::bench
