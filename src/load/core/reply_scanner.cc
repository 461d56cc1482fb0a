#include "load/core/reply_scanner.h"

#include <charconv>

namespace ostraka::load {

namespace {

constexpr std::string_view k_begin = "HTTP/1.1 ";
constexpr std::string_view k_length = "\r\nContent-Length: ";
constexpr std::string_view k_close = "\r\nConnection: close";
constexpr std::size_t k_head_bytes_max = 16 * 1024;

}  // namespace

ScannedReply scan_reply(std::string_view bytes) {
  ScannedReply reply;
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) {
    const bool may_become_one = bytes.size() < k_head_bytes_max && bytes.substr(0, k_begin.size()) ==
                                                                       k_begin.substr(0, bytes.size());
    reply.state = may_become_one ? ScannedReply::State::incomplete : ScannedReply::State::unreadable;
    return reply;
  }
  const std::string_view fields = bytes.substr(0, head);
  const std::size_t length_at = fields.find(k_length);
  std::size_t length = 0;
  const char* const status_at = bytes.data() + k_begin.size();
  const bool is_status = bytes.starts_with(k_begin) && head >= k_begin.size() + 3 &&
                         std::from_chars(status_at, status_at + 3, reply.status).ptr == status_at + 3;
  const bool is_length =
      length_at != std::string_view::npos &&
      std::from_chars(fields.data() + length_at + k_length.size(), fields.data() + head, length).ec == std::errc();
  if (!is_status || !is_length) {
    reply.state = ScannedReply::State::unreadable;
    return reply;
  }
  reply.bytes = head + 4 + length;
  reply.is_last = fields.find(k_close) != std::string_view::npos;
  reply.state = bytes.size() >= reply.bytes ? ScannedReply::State::complete : ScannedReply::State::incomplete;
  return reply;
}

}  // namespace ostraka::load
