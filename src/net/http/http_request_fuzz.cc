// However a network cuts the bytes of requests into pieces, the same requests and the same refusals come out of them.
// The first input byte decides the cuts.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "net/http/head_scanner.h"
#include "net/http/request_parser.h"

namespace ostraka::http {
namespace {

constexpr RequestParser::Bounds k_bounds{8 * 1024, 64, 16 * 1024};
constexpr std::size_t k_input_bytes_max = 32 * 1024;

struct SeenRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  bool is_kept_alive = false;
  bool operator==(const SeenRequest&) const = default;
};

struct Seen {
  std::vector<SeenRequest> requests;
  unsigned refused = 0;
  std::string_view why;
  bool operator==(const Seen&) const = default;
};

// What a connection does with its bytes, without a socket.
class Reading {
 public:
  void take(std::string_view bytes) {
    buffer_.append(bytes);
    while (!seen_.refused && advance()) {
    }
  }
  const Seen& seen() const { return seen_; }

 private:
  bool advance() { return parser_ ? advance_body() : advance_head(); }

  bool refuse(const Refusal& refusal) {
    check(refusal.status >= 400 && refusal.status < 600 && !refusal.detail.empty(), "a refusal says why");
    seen_.refused = refusal.status;
    seen_.why = refusal.detail;
    return false;
  }

  bool advance_head() {
    const HeadScanner::State state = scanner_.scan(std::string_view(buffer_).substr(0, k_bounds.header_bytes_max));
    if (state == HeadScanner::State::refused) {
      return refuse(scanner_.refusal());
    }
    if (state == HeadScanner::State::need_more) {
      return buffer_.size() >= k_bounds.header_bytes_max && refuse(k_refuse_header_size);
    }
    const std::string_view head = std::string_view(buffer_).substr(0, scanner_.head_bytes());
    check(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") + 4 == head.size(), "a head ends at its empty line");
    parser_.emplace(k_bounds, fields_, chunked_);
    if (const Refusal refusal = parser_->take_head(head)) {
      return refuse(refusal);
    }
    if (parser_->body_bytes() > k_bounds.body_bytes_max) {
      return refuse(k_refuse_body_size);
    }
    note_head(head);
    buffer_.erase(0, head.size());
    return true;
  }

  void note_head(std::string_view head) {
    const auto within = [&](std::string_view part) {
      check(part.data() >= head.data() && part.data() + part.size() <= head.data() + head.size(), "parts of the head");
      return std::string(part);
    };
    request_ = {within(fields_.view(parser_->method())), within(fields_.view(parser_->target())), {}, {}, false};
    check(!request_.method.empty() && !request_.target.empty(), "a request has a method and a target");
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      request_.fields.emplace_back(within(fields_.name(i)), within(fields_.value(i)));
      check(request_.fields.back().second.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
            "no field holds another line");
    }
    check(fields_.size() <= k_bounds.fields_max, "no more fields than allowed");
    request_.is_kept_alive = parser_->keep_alive();
  }

  bool advance_body() {
    if (!parser_->chunked()) {
      if (buffer_.size() < parser_->body_bytes()) {
        return false;
      }
      return done(buffer_.substr(0, parser_->body_bytes()), parser_->body_bytes());
    }
    const RequestParser::BodyProgress progress = parser_->take_chunks(buffer_);
    if (progress.refusal) {
      return refuse(progress.refusal);
    }
    check(progress.taken <= buffer_.size() && chunked_.size() <= k_bounds.body_bytes_max, "a body within its bounds");
    if (progress.is_complete) {
      return done(chunked_, progress.taken);
    }
    buffer_.erase(0, progress.taken);
    return false;
  }

  bool done(std::string body, std::size_t taken) {
    request_.body = std::move(body);
    seen_.requests.push_back(std::move(request_));
    buffer_.erase(0, taken);
    parser_.reset();
    scanner_.reset();
    return !buffer_.empty();
  }

  std::string buffer_;
  HeadScanner scanner_;
  Fields fields_;
  std::string chunked_;
  std::optional<RequestParser> parser_;
  SeenRequest request_;
  Seen seen_;
};

}  // namespace

void fuzz_http_request(std::string_view input) {
  if (input.empty() || input.size() > k_input_bytes_max) {
    return;
  }
  std::uint32_t cuts = static_cast<unsigned char>(input.front()) + 1U;
  input.remove_prefix(1);
  Reading whole;
  whole.take(input);
  Reading in_pieces;
  while (!input.empty()) {
    cuts = cuts * 1664525 + 1013904223;  // a generator good enough to cut anywhere
    const std::string_view piece = input.substr(0, 1 + (cuts >> 24) % ((cuts >> 16) % 2 == 0 ? 3 : 200));
    in_pieces.take(piece);
    input.remove_prefix(piece.size());
  }
  check(in_pieces.seen() == whole.seen(), "pieces do not matter");
}

}  // namespace ostraka::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::http::fuzz_http_request({reinterpret_cast<const char*>(data), size});
  return 0;
}
