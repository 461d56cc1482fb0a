#include "net/http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <cstring>

namespace ostraka::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr unsigned k_host_bit = 1, k_transfer_encoding_bit = 2;

// Where the first chunk is the last one, Beast takes note of that at "0\r\n" and ends the process by an assertion when
// it is then handed one byte more. Neither is a whole body, so it is not handed either.
constexpr std::string_view k_empty_body = "0\r\n";
constexpr std::size_t k_empty_body_bytes_min = 5;

bool is_host(std::string_view host) {
  for (char c : host) {
    if (c <= 0x20 || c >= 0x7f || std::strchr("\"#<>\\^`{|}/?@", c) != nullptr) {
      return false;
    }
  }
  return !host.empty();
}

bool read_decimal(std::string_view text, std::uint64_t& number) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end;
}

std::string_view std_view(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

}  // namespace

RequestParser::RequestParser(const Bounds& bounds, Fields& fields, std::string& body)
    : bounds_(bounds), fields_(fields), body_(body) {
  fields_.clear();
  body_.clear();
  header_limit(static_cast<std::uint32_t>(bounds.header_bytes_max));
  body_limit(bounds.body_bytes_max);
}

Refusal RequestParser::take_head(std::string_view head) {
  base_ = head.data();
  fields_.set_base(head.data());
  error_code ec;
  const std::size_t taken = put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (ec) {
    return refusal_of(ec);
  }
  if (taken != head.size() || !is_header_done()) {
    return malformed_request("The header cannot be read.");
  }
  is_header_read_ = true;
  return {};
}

RequestParser::BodyProgress RequestParser::take_chunks(std::string_view bytes) {
  BodyProgress progress;
  if (!is_chunk_read_ && bytes.size() < k_empty_body_bytes_min && bytes.starts_with(k_empty_body)) {
    return progress;
  }
  eager(true);
  error_code ec;
  while (!is_done() && progress.taken < bytes.size()) {
    const std::string_view rest = bytes.substr(progress.taken);
    progress.taken += put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
    if (ec == beast_http::error::need_more) {
      break;
    }
    if (ec) {
      progress.refusal = refusal_of(ec);
      return progress;
    }
  }
  is_chunk_read_ |= progress.taken > 0;
  progress.is_complete = is_done();
  return progress;
}

Fields::Span RequestParser::span_of(string_view part) const {
  return {static_cast<std::uint16_t>(part.data() - base_), static_cast<std::uint16_t>(part.size())};
}

void RequestParser::refuse(const Refusal& refusal, error_code& ec) {
  refusal_ = refusal;
  ec = beast_http::error::bad_field;
}

Refusal RequestParser::refusal_of(const error_code& ec) const {
  using beast_http::error;
  if (refusal_) {
    return refusal_;
  }
  if (ec == error::header_limit) {
    return k_refuse_header_size;
  }
  if (ec == error::body_limit) {
    return k_refuse_body_size;
  }
  if (ec == error::bad_content_length || ec == error::multiple_content_length) {
    return malformed_request("Content-Length is wrong, comes twice, or stands beside Transfer-Encoding.");
  }
  if (ec == error::bad_transfer_encoding) {
    return malformed_request("Transfer-Encoding comes twice, or stands beside Content-Length.");
  }
  if (ec == error::bad_chunk || ec == error::bad_chunk_extension) {
    return malformed_request("The chunked body is not in chunks.");
  }
  return malformed_request("A header field has a character it may not have.");
}

void RequestParser::on_request_impl(beast_http::verb, string_view method, string_view target, int version,
                                    error_code& ec) {
  ec = {};
  method_ = span_of(method);
  target_ = span_of(target);
  is_version_1_1_ = version == 11;
}

bool RequestParser::is_second_of_its_kind(field name) {
  unsigned bit = 0;
  switch (name) {
    case field::host:
      bit = k_host_bit;
      break;
    case field::transfer_encoding:
      bit = k_transfer_encoding_bit;
      break;
    case field::content_length:
      bit = 4;
      break;
    case field::content_type:
      bit = 8;
      break;
    case field::authorization:
      bit = 16;
      break;
    case field::expect:
      bit = 32;
      break;
    default:
      return false;
  }
  const bool is_second = (singles_seen_ & bit) != 0;
  singles_seen_ |= bit;
  return is_second;
}

void RequestParser::on_field_impl(field name, string_view name_text, string_view value, error_code& ec) {
  ec = {};
  if (is_header_read_) {
    return;
  }
  if (fields_.size() >= bounds_.fields_max) {
    return refuse(k_refuse_header_size, ec);
  }
  if (is_second_of_its_kind(name)) {
    return refuse(malformed_request("A header field that may come once comes twice."), ec);
  }
  if (name == field::host && !is_host(std_view(value))) {
    return refuse(malformed_request("Host is empty or has a character that no host may have."), ec);
  }
  // Beast reads "5, 5" as 5: RFC 9112 allows that, and allows refusing it.
  if (name == field::content_length && !read_decimal(std_view(value), body_bytes_)) {
    return refuse(malformed_request("Content-Length is not a decimal number."), ec);
  }
  if (name == field::transfer_encoding && !equal_without_case(std_view(value), "chunked")) {
    return refuse(k_refuse_coding, ec);
  }
  if (name == field::expect) {
    if (!equal_without_case(std_view(value), "100-continue")) {
      return refuse(k_refuse_expectation, ec);
    }
    // RFC 9110: an HTTP/1.0 client's expectation is ignored.
    expectation_ = is_version_1_1_ ? Expectation::proceed : Expectation::none;
  }
  fields_.add(span_of(name_text), span_of(value));
}

void RequestParser::on_header_impl(error_code& ec) {
  ec = {};
  if (is_version_1_1_ && (singles_seen_ & k_host_bit) == 0) {
    return refuse(malformed_request("Host is missing."), ec);
  }
  if (!is_version_1_1_ && (singles_seen_ & k_transfer_encoding_bit) != 0) {
    return refuse(malformed_request("HTTP/1.0 has no Transfer-Encoding."), ec);
  }
}

std::size_t RequestParser::on_body_impl(string_view bytes, error_code& ec) {
  ec = {};
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) {
  return on_body_impl(bytes, ec);
}

}  // namespace ostraka::http
