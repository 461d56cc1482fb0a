#include "load/core/reply_scanner.h"

#include <algorithm>
#include <charconv>

namespace ostraka::load {

namespace {

constexpr std::string_view k_begin = "HTTP/1.1 ";
constexpr std::string_view k_line = "\r\n";
constexpr std::string_view k_length = "content-length: ";
constexpr std::string_view k_close = "connection: close";
constexpr std::size_t k_head_bytes_max = 16 * 1024;

// Where behind `line` (in small letters) is, which stands at a line's beginning, in whatever letters; npos.
std::size_t behind_line_start(std::string_view fields, std::string_view line) {
  const auto is_same = [](char found, char small) {
    return found == small || (found >= 'A' && found <= 'Z' && found - 'A' + 'a' == small);
  };
  for (std::size_t at = fields.find(k_line); at != std::string_view::npos; at = fields.find(k_line, at)) {
    at += k_line.size();
    const std::string_view begin = fields.substr(at, line.size());
    if (std::ranges::equal(begin, line, is_same)) {
      return at + line.size();
    }
  }
  return std::string_view::npos;
}

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
  const std::size_t length_at = behind_line_start(fields, k_length);
  std::size_t length = 0;
  const char* const status_at = bytes.data() + k_begin.size();
  const bool is_status = bytes.starts_with(k_begin) && head >= k_begin.size() + 3 &&
                         std::from_chars(status_at, status_at + 3, reply.status).ptr == status_at + 3;
  const bool is_length =
      length_at != std::string_view::npos &&
      std::from_chars(fields.data() + length_at, fields.data() + head, length).ec == std::errc();
  if (!is_status || !is_length) {
    reply.state = ScannedReply::State::unreadable;
    return reply;
  }
  reply.bytes = head + 4 + length;
  reply.is_last = behind_line_start(fields, k_close) != std::string_view::npos;
  reply.state = bytes.size() >= reply.bytes ? ScannedReply::State::complete : ScannedReply::State::incomplete;
  return reply;
}

}  // namespace ostraka::load
