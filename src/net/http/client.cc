#include "net/http/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "net/http/event_reader.h"
#include "net/http/fields.h"
#include "net/http/url.h"
#include "net/tls/session.h"

namespace ostraka::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

beast::string_view beast_view(std::string_view text) {
  return {text.data(), text.size()};
}
std::string std_string(beast::string_view text) {
  return {text.data(), text.size()};
}

template <class Message>
ClientResponse head_of(const Message& message) {
  ClientResponse response;
  response.status = message.result_int();
  response.content_type = std_string(message[beast_http::field::content_type]);
  for (const auto& field : message) {
    response.headers.emplace_back(std_string(field.name_string()), std_string(field.value()));
  }
  return response;
}

// What went wrong, and whether the server may be asked the same again on a new connection.
struct Failure {
  error_code ec;
  bool is_stale_connection = false;
};

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  for (const auto& [own, value] : headers) {
    if (equal_without_case(own, name)) {
      return value;
    }
  }
  return {};
}

struct Client::State {
  ServerUrl url;
  ClientLimits limits;
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls_context;  // for https
  ClientTrust::Name name_check = ClientTrust::Name::must_match;
  std::optional<beast::tcp_stream> stream;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_stream;
  beast::flat_buffer buffer;
  bool has_served = false;  // this connection has

  // Runs what was started until it is done; its deadline is the stream's.
  void run() {
    io.restart();
    io.run();
  }

  // Hands what bytes go through to `use`.
  template <class Use>
  void on_stream(Use&& use) {
    tls_stream ? use(*tls_stream) : use(*stream);
  }
  void close() {
    tls_stream.reset();
    stream.reset();
  }

  Status open();
  Status shake_hands();
  std::optional<Failure> send(const ClientRequest& request);
  template <class Parser>
  std::optional<Failure> read_head(Parser& parser);
  template <class Attempt>
  Result<ClientResponse> attempt_twice(Attempt&& attempt);
  Result<ClientResponse> once(const ClientRequest& request, std::optional<Failure>& failure);
  Result<ClientResponse> follow_once(const ClientRequest& request, const OnEvent& on_event,
                                     std::optional<Failure>& failure);
  Result<ClientResponse> read_events(beast_http::response_parser<beast_http::buffer_body>& parser,
                                     const OnEvent& on_event);

  tl::unexpected<Error> unavailable(const error_code& ec) const {
    const char* what = ec == beast::error::timeout ? "no answer in time" : "";
    return fail(ErrorKind::unavailable, "{}: {}", url.host_header, *what ? what : ec.message());
  }
};

Status Client::State::open() {
  close();
  buffer.clear();
  has_served = false;
  error_code ec;
  tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(url.host, url.port, ec);
  if (ec) {
    return unavailable(ec);
  }
  stream.emplace(io);
  stream->expires_after(limits.connect_deadline);
  stream->async_connect(endpoints, [&](const error_code& done, const tcp::endpoint&) { ec = done; });
  run();
  if (ec) {
    close();
    return unavailable(ec);
  }
  stream->socket().set_option(tcp::no_delay(true), ec);
  return tls_context ? shake_hands() : Status();
}

// Within the connection's deadline.
Status Client::State::shake_hands() {
  tls_stream.emplace(*stream, *tls_context);
  tls::expect_host(tls_stream->native_handle(), name_check == ClientTrust::Name::must_match ? url.host : "");
  error_code ec;
  tls_stream->async_handshake(asio::ssl::stream_base::client, [&](const error_code& done) { ec = done; });
  run();
  if (!ec) {
    return {};
  }
  const std::string why = tls::why_not_believed(tls_stream->native_handle());
  close();
  return why.empty() ? Status(unavailable(ec)) : fail(ErrorKind::denied, "{}: {}", url.host_header, why);
}

std::optional<Failure> Client::State::send(const ClientRequest& request) {
  beast_http::request<beast_http::string_body> message;
  message.method_string(beast_view(request.method));
  message.target(beast_view(request.target));
  message.set(beast_http::field::host, url.host_header);
  message.set(beast_http::field::user_agent, "ostraka");
  if (!request.content_type.empty()) {
    message.set(beast_http::field::content_type, beast_view(request.content_type));
  }
  if (!request.bearer.empty()) {
    message.set(beast_http::field::authorization, "Bearer " + std::string(request.bearer));
  }
  for (const auto& [name, value] : request.headers) {
    message.insert(name, value);
  }
  message.body() = request.body;
  if (!request.body.empty() || request.method == "POST" || request.method == "PATCH" || request.method == "PUT") {
    message.content_length(request.body.size());
  }
  error_code ec;
  stream->expires_after(limits.request_deadline);
  on_stream([&](auto& to) {
    beast_http::async_write(to, message, [&](const error_code& done, std::size_t) { ec = done; });
  });
  run();
  if (ec) {
    return Failure{ec, has_served && ec != beast::error::timeout};
  }
  return std::nullopt;
}

template <class Parser>
std::optional<Failure> Client::State::read_head(Parser& parser) {
  error_code ec;
  std::size_t received = 0;
  on_stream([&](auto& from) {
    beast_http::async_read_header(from, buffer, parser, [&](const error_code& done, std::size_t count) {
      ec = done;
      received = count;
    });
  });
  run();
  if (ec) {
    return Failure{ec, has_served && received == 0 && !parser.got_some() && ec != beast::error::timeout};
  }
  return std::nullopt;
}

Result<ClientResponse> Client::State::once(const ClientRequest& request, std::optional<Failure>& failure) {
  if ((failure = send(request))) {
    return unavailable(failure->ec);
  }
  beast_http::response_parser<beast_http::string_body> parser;
  parser.body_limit(limits.response_bytes_max);
  parser.skip(request.method == "HEAD");
  if ((failure = read_head(parser))) {
    return unavailable(failure->ec);
  }
  error_code ec;
  if (!parser.is_done()) {
    on_stream([&](auto& from) {
      beast_http::async_read(from, buffer, parser, [&](const error_code& done, std::size_t) { ec = done; });
    });
    run();
  }
  if (ec == beast_http::error::body_limit) {
    failure = Failure{ec};
    return fail(ErrorKind::damaged, "{}: the response is larger than {} bytes", url.host_header,
                limits.response_bytes_max);
  }
  if (ec) {
    failure = Failure{ec};
    return unavailable(ec);
  }
  ClientResponse response = head_of(parser.get());
  response.body = std::move(parser.get().body());
  has_served = true;
  if (!parser.keep_alive()) {
    close();
  }
  return response;
}

Result<ClientResponse> Client::State::read_events(beast_http::response_parser<beast_http::buffer_body>& parser,
                                                  const OnEvent& on_event) {
  ClientResponse response = head_of(parser.get());
  const bool is_stream = response.status == 200;
  EventReader reader;
  std::array<char, 16 * 1024> piece;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    error_code ec;
    stream->expires_after(is_stream ? limits.stream_silence : limits.request_deadline);
    on_stream([&](auto& from) {
      beast_http::async_read_some(from, buffer, parser, [&](const error_code& done, std::size_t) { ec = done; });
    });
    run();
    if (ec && ec != beast_http::error::need_buffer) {
      return unavailable(ec);
    }
    const std::string_view bytes(piece.data(), piece.size() - parser.get().body().size);
    if (!is_stream) {
      response.body += bytes;
    } else if (reader.take(bytes, on_event) == AfterEvent::stop) {
      return response;
    }
    if (response.body.size() + reader.buffered_bytes() > limits.response_bytes_max) {
      return fail(ErrorKind::damaged, "{}: an event is larger than {} bytes", url.host_header,
                  limits.response_bytes_max);
    }
  }
  if (is_stream) {
    return fail(ErrorKind::unavailable, "{}: the event stream ended", url.host_header);
  }
  return response;
}

Result<ClientResponse> Client::State::follow_once(const ClientRequest& request, const OnEvent& on_event,
                                                  std::optional<Failure>& failure) {
  if ((failure = send(request))) {
    return unavailable(failure->ec);
  }
  beast_http::response_parser<beast_http::buffer_body> parser;
  parser.body_limit(boost::none);
  if ((failure = read_head(parser))) {
    return unavailable(failure->ec);
  }
  Result<ClientResponse> result = read_events(parser, on_event);
  close();  // a stream that was left in its middle cannot be used again
  return result;
}

template <class Attempt>
Result<ClientResponse> Client::State::attempt_twice(Attempt&& attempt) {
  std::optional<Failure> failure;
  for (bool is_second : {false, true}) {
    if (!stream) {
      if (Status opened = open(); !opened) {
        return tl::make_unexpected(opened.error());
      }
    }
    Result<ClientResponse> result = attempt(failure);
    if (!failure) {
      return result;
    }
    close();
    if (is_second || !failure->is_stale_connection) {
      return result;
    }
  }
  return unavailable(failure->ec);
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Client> Client::connect(std::string_view url, ClientLimits limits, const ClientTrust& trust) {
  Result<ServerUrl> parsed = parse_server_url(url);
  if (!parsed) {
    return tl::make_unexpected(parsed.error());
  }
  auto state = std::make_unique<State>();
  state->url = std::move(*parsed);
  state->limits = limits;
  if (state->url.scheme == Scheme::https) {
    const Result<tls::Context> context = tls::make_client_context({trust.ca_file});
    if (!context) {
      return tl::make_unexpected(context.error());
    }
    SSL_CTX_up_ref(context->get());  // Asio's context takes one of its own
    state->tls_context.emplace(context->get());
    state->name_check = trust.name;
  }
  if (Status opened = state->open(); !opened) {
    return tl::make_unexpected(opened.error());
  }
  return Client(std::move(state));
}

Result<ClientResponse> Client::request(const ClientRequest& request) {
  return state_->attempt_twice([&](std::optional<Failure>& failure) { return state_->once(request, failure); });
}

Result<ClientResponse> Client::follow_events(const ClientRequest& request, const OnEvent& on_event) {
  return state_->attempt_twice(
      [&](std::optional<Failure>& failure) { return state_->follow_once(request, on_event, failure); });
}

}  // namespace ostraka::http
