// Boost.Beast's parser for one request, without a message object: fields become offsets, a chunked body is collected.
// The header has been through HeadScanner; a body with Content-Length is not fed to it, its bytes are used where they
// arrived. One per request (a Beast parser cannot be used again), emplaced into its connection.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/fields.h"
#include "net/http/refusal.h"

namespace ostraka::http {

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  struct Bounds {
    std::size_t header_bytes_max;
    std::size_t fields_max;
    std::size_t body_bytes_max;
  };
  enum class Expectation { none, proceed };

  // `fields` and `body` are the connection's, cleared here.
  RequestParser(const Bounds& bounds, Fields& fields, std::string& body);

  // `head` is the whole header with its empty line.
  Refusal take_head(std::string_view head);

  // REQUIRES: after take_head() took it, chunked(). Takes what it can of `bytes`; `taken` may be dropped.
  struct BodyProgress {
    Refusal refusal;
    std::size_t taken = 0;
    bool is_complete = false;
  };
  BodyProgress take_chunks(std::string_view bytes);

  Fields::Span method() const { return method_; }
  Fields::Span target() const { return target_; }
  Expectation expectation() const { return expectation_; }
  // By Content-Length; 0 without one.
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  using error_code = boost::beast::error_code;
  using field = boost::beast::http::field;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& ec) override { ec = {}; }
  std::size_t on_body_impl(string_view bytes, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) override;
  void on_finish_impl(error_code& ec) override { ec = {}; }

  Fields::Span span_of(string_view part) const;
  void refuse(const Refusal& refusal, error_code& ec);
  bool is_second_of_its_kind(field name);
  Refusal refusal_of(const error_code& ec) const;

  const Bounds& bounds_;
  Fields& fields_;
  std::string& body_;
  const char* base_ = nullptr;
  Fields::Span method_;
  Fields::Span target_;
  Refusal refusal_;
  Expectation expectation_ = Expectation::none;
  std::uint64_t body_bytes_ = 0;
  unsigned singles_seen_ = 0;  // one bit for each field that may come once
  bool is_version_1_1_ = false;
  bool is_chunk_read_ = false;   // the first chunk's header
  bool is_header_read_ = false;  // fields from here on are trailers, which are checked and dropped
};

}  // namespace ostraka::http
