#include "net/batch/frame.h"

#include "base/bytes.h"
#include "base/check.h"

namespace ostraka::batch {

void begin_frame(std::string& frame) {
  frame.assign(k_frame_header_bytes, '\0');
}

void end_frame(std::string& frame, std::uint64_t number) {
  check(frame.size() >= k_frame_header_bytes && frame.size() <= k_frame_header_bytes + k_frame_body_bytes_max,
        "a frame has a header and no more than it may");
  store_le(frame.data(), static_cast<std::uint32_t>(frame.size() - k_frame_header_bytes));
  store_le(frame.data() + sizeof(std::uint32_t), number);
}

ScannedFrame scan_frame(std::string_view bytes) {
  ScannedFrame scanned;
  if (bytes.size() < k_frame_header_bytes) {
    return scanned;
  }
  scanned.header.body_bytes = load_le<std::uint32_t>(bytes.data());
  scanned.header.number = load_le<std::uint64_t>(bytes.data() + sizeof(std::uint32_t));
  if (scanned.header.body_bytes > k_frame_body_bytes_max) {
    scanned.state = FrameState::too_long;
  } else if (bytes.size() >= scanned.bytes()) {
    scanned.state = FrameState::complete;
  }
  return scanned;
}

std::string hello_frame(std::string_view stream) {
  std::string frame;
  begin_frame(frame);
  frame += stream;
  end_frame(frame, 0);
  return frame;
}

}  // namespace ostraka::batch
