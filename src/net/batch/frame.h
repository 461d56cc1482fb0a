// The bytes around a batch on a stream: its length, its number, then the batch (docs/formats/batch-stream.md). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ostraka::batch {

inline constexpr std::size_t k_frame_header_bytes = 12;       // length of the body, u32; number, u64: little endian
inline constexpr std::size_t k_frame_body_bytes_max = 4 << 20;  // beyond: whoever reads it closes the stream

inline constexpr std::size_t k_batch_requests_max = 4'096;      // a service breaks the stream of a batch that has more

struct FrameHeader {
  std::size_t body_bytes = 0;
  std::uint64_t number = 0;  // of the batch; a reply carries its batch's
};

// Makes `frame` an empty one, to which a body is appended.
void begin_frame(std::string& frame);
// Fills the header in. REQUIRES: begun by begin_frame(), with a body of at most k_frame_body_bytes_max.
void end_frame(std::string& frame, std::uint64_t number);

enum class FrameState { incomplete, complete, too_long };
struct ScannedFrame {
  FrameState state = FrameState::incomplete;
  FrameHeader header;  // once there are enough bytes for it

  std::size_t bytes() const { return k_frame_header_bytes + header.body_bytes; }
};
// What stands at the front of `bytes`.
ScannedFrame scan_frame(std::string_view bytes);

// The first frame of a stream, number 0, says which one it is.
std::string hello_frame(std::string_view stream);

}  // namespace ostraka::batch
