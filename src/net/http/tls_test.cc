// The server over TLS: what is different from TCP, and that the rest is not.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <thread>

#include "net/http/client.h"
#include "net/http/proxies.h"
#include "net/http/raw_client_test.h"
#include "net/http/server.h"
#include "net/http/tls_client_test.h"
#include "net/tls/reloading_context.h"

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;

void echo_body(const Request& request, Responder responder) {
  std::move(responder).send(
      {.content_type = "text/plain", .body = std::string(request.path) + ":" + std::string(request.body) + "\n"});
}

class HttpTls : public testing::Test {
 protected:
  void serve_with(Handler handler, ServerOptions options = {}) {
    auto context = tls::ReloadingContext::start({certificates_.certificate(), certificates_.key()}, system_clock());
    ASSERT_TRUE(context.has_value()) << context.error().message;
    context_ = std::move(*context);
    options.tls = context_.get();
    auto server = Server::start(std::move(options), std::move(handler));
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    client_context_ = *tls::make_client_context({certificates_.certificate()});
  }
  Result<Client> https_client() {
    return Client::connect("https://localhost:" + std::to_string(server_->port()), {}, {certificates_.certificate()});
  }
  std::unique_ptr<TlsClient> tls_client(const tls::Resumption& resumption = {}) {
    auto client = std::make_unique<TlsClient>(server_->port(), client_context_, resumption);
    EXPECT_TRUE(client->has_shaken_hands()) << client->session().failure();
    return client;
  }
  // When the server has counted so much; it counts on threads of its own.
  template <class Read>
  bool comes_to(std::uint64_t expected, Read read) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (read(server_->counters()) != expected && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    return read(server_->counters()) == expected;
  }

  tls::TestCertificates certificates_;
  std::unique_ptr<tls::ReloadingContext> context_;
  std::unique_ptr<Server> server_;
  tls::Context client_context_;
};

constexpr auto k_failed = [](const ServerCounters& c) { return c.handshakes_failed; };
constexpr auto k_open = [](const ServerCounters& c) { return c.connections_open; };

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

TEST_F(HttpTls, AnswersOnOneConnectionAndTellsBrowsersToStayWithTls) {
  serve_with(echo_body);
  auto client = https_client();
  ASSERT_TRUE(client.has_value()) << client.error().message;
  for (int i = 0; i < 20; ++i) {
    const auto response = client->request({.method = "POST", .target = "/a", .body = "hello"});
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->body, "/a:hello\n");
    EXPECT_EQ(response->header("Strict-Transport-Security"), "max-age=31536000");
  }
  EXPECT_EQ(server_->counters().handshakes, 1u);
}

TEST_F(HttpTls, AServerThatIsNotBelievedIsNotAsked) {
  serve_with(echo_body);
  certificates_.make("other");
  const std::string url = "https://localhost:" + std::to_string(server_->port());
  const auto client = Client::connect(url, {}, {certificates_.file("other.pem")});
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().kind, ErrorKind::denied) << client.error().message;
  EXPECT_FALSE(Client::connect(url).has_value());
  // The one certificate that is expected may be of another name.
  const std::string by_address = "https://[::ffff:127.0.0.1]:" + std::to_string(server_->port());
  EXPECT_FALSE(Client::connect(by_address, {}, {certificates_.certificate()}).has_value());
  EXPECT_TRUE(
      Client::connect(by_address, {}, {certificates_.certificate(), ClientTrust::Name::may_differ}).has_value());
}

TEST_F(HttpTls, RequestsInOneRecordAndARequestInManyRecords) {
  serve_with(echo_body);
  const auto client = tls_client();
  client->send(post("/1", "a") + post("/2", "b") + post("/3", "c"));
  EXPECT_TRUE(client->read_until("/1:a\n").starts_with("HTTP/1.1 200 "));
  client->read_until("/2:b\n");
  client->read_until("/3:c\n");
  for (const char byte : post("/4", "slowly")) {
    client->send({&byte, 1});
  }
  client->read_until("/4:slowly\n");
}

TEST_F(HttpTls, LargeBodiesGoBothWays) {
  serve_with(echo_body);
  const auto client = tls_client();
  for (const std::size_t bytes : {2'000, 16 * 1024, 64 * 1024}) {
    const std::string body(bytes, 'b');
    client->send(post("/large", body));
    EXPECT_TRUE(client->read_until(body + "\n").starts_with("HTTP/1.1 200 ")) << bytes;
  }
  client->send("POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    client->send("3e8\r\n" + std::string(1000, 'c') + "\r\n");
  }
  client->send("0\r\n\r\n");
  EXPECT_TRUE(client->read_until(std::string(40'000, 'c') + "\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpTls, AReplyThatIsTakenSlowlyArrivesWhole) {
  std::string document;
  for (int i = 0; document.size() < 2'000'000; ++i) {
    document += std::to_string(i) + ",";
  }
  const auto shared = std::make_shared<const std::string>(document);
  serve_with([&](const Request&, Responder responder) {
    std::move(responder).send({.content_type = "text/plain", .shared_body = shared});
  });
  TlsClient client(server_->port(), client_context_, {}, 16 * 1024);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string reply = client.read_to_goodbye();
  EXPECT_TRUE(reply.ends_with("\r\n\r\n" + document));
}

TEST_F(HttpTls, APeerThatTakesNothingGetsNoMore) {
  std::promise<std::shared_ptr<EventStream>> begun;
  const auto large = std::make_shared<const std::string>(std::string(16'000'000, 'x'));
  serve_with(
      [&](const Request& request, Responder responder) {
        if (request.path == "/stream") {
          begun.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
        } else {
          std::move(responder).send({.content_type = "text/plain", .shared_body = large});
        }
      },
      {.limits = {.write_deadline = 60ms}});
  TlsClient of_reply(server_->port(), client_context_, {}, 8 * 1024);
  of_reply.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(comes_to(1, [](const ServerCounters& c) { return c.deadlines_missed; }));
  TlsClient of_stream(server_->port(), client_context_, {}, 8 * 1024);
  of_stream.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = begun.get_future().get();
  stream->send(large);
  EXPECT_TRUE(comes_to(2, [](const ServerCounters& c) { return c.deadlines_missed; }));
  EXPECT_TRUE(comes_to(0, k_open));
}

TEST_F(HttpTls, ABodyIsAskedForWhenItIsExpected) {
  serve_with(echo_body);
  const auto client = tls_client();
  client->send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client->read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("body");
  client->read_until("/later:body\n");
}

TEST_F(HttpTls, EventsAreStreamed) {
  std::promise<std::shared_ptr<EventStream>> begun;
  serve_with([&](const Request&, Responder responder) {
    begun.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
  });
  const auto client = tls_client();
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto stream = begun.get_future().get();
  client->read_until("\r\n\r\n");
  stream->send(std::make_shared<const std::string>("data: first\n\n"));
  client->read_until("data: first\n\n");
  const std::string large = "data: " + std::string(200'000, 'x') + "\n\n";
  stream->send(std::make_shared<const std::string>(large));
  // In chunks and pieces, but nothing is missing: its end comes, and then the stream's.
  client->read_until("\n\n");
  client->send("something unasked, that is dropped");
  stream->send(std::make_shared<const std::string>("data: last\n\n"));
  stream.reset();
  EXPECT_TRUE(client->read_to_goodbye().ends_with("data: last\n\n\r\n0\r\n\r\n"));
}

TEST_F(HttpTls, AStreamEndsWhenItsReaderGoesAway) {
  std::promise<std::shared_ptr<EventStream>> begun;
  serve_with([&](const Request&, Responder responder) {
    begun.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
  });
  const auto client = tls_client();
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = begun.get_future().get();
  client->read_until("\r\n\r\n");
  client->session().say_goodbye();
  EXPECT_TRUE(comes_to(0, k_open));
  EXPECT_FALSE(stream->is_open());
}

TEST_F(HttpTls, SessionsAreResumed) {
  serve_with(echo_body);
  tls::Resumption kept;
  for (int i = 0; i < 4; ++i) {
    const auto client = tls_client(kept);
    EXPECT_EQ(client->session().was_resumed(), i > 0);
    client->send(post("/", "x"));
    client->read_until(":x\n");
    kept = client->session().resumption();
    ASSERT_NE(kept, nullptr);
  }
  EXPECT_EQ(server_->counters().handshakes, 4u);
  EXPECT_EQ(server_->counters().handshakes_resumed, 3u);
}

TEST_F(HttpTls, ARenewedCertificateIsForNewConnections) {
  serve_with(echo_body);
  const auto old_one = tls_client();
  certificates_.make("second");
  certificates_.replace("first.key", "second.key");
  certificates_.replace("first.pem", "second.pem");
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (context_->counters().reloaded == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(TlsClient(server_->port(), client_context_).has_shaken_hands());  // it believes in the first one only
  client_context_ = *tls::make_client_context({certificates_.certificate()});
  tls_client()->send(post("/", "x"));
  old_one->send(post("/still", "here"));
  old_one->read_until("/still:here\n");
}

TEST_F(HttpTls, PlainHttpIsToldInWordsItUnderstands) {
  serve_with(echo_body);
  RawClient raw(server_->port());
  raw.send("GET /v1/elections HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string reply = raw.read_to_end();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 400 ")) << reply;
  EXPECT_NE(reply.find("/problems/https-only"), std::string::npos) << reply;
  EXPECT_EQ(reply.find("Strict-Transport-Security"), std::string::npos) << reply;
  EXPECT_TRUE(comes_to(1, k_failed));
}

TEST_F(HttpTls, WhatIsNotTlsIsClosed) {
  serve_with(echo_body, {.limits = {.handshake_deadline = 20s}});
  for (const auto& noise : {std::string("\x16\x03\x01\x00\x05hello", 10), std::string(3000, '\0'),
                            std::string("BREW / HTTP/1.1\r\n\r\n")}) {
    RawClient raw(server_->port());
    raw.send(noise);
    EXPECT_EQ(raw.read_to_end().find("HTTP/1.1"), std::string::npos);
  }
  EXPECT_TRUE(comes_to(3, k_failed));
  EXPECT_TRUE(comes_to(0, k_open));
}

TEST_F(HttpTls, SlowHandshakesAreEnded) {
  serve_with(echo_body, {.limits = {.handshake_deadline = 60ms}});
  const auto begun = std::chrono::steady_clock::now();
  RawClient silent(server_->port());
  RawClient half(server_->port());
  half.send("\x16\x03\x01\x02\x00\x01");
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 55ms);
  EXPECT_TRUE(comes_to(2, k_failed));
  EXPECT_EQ(server_->counters().deadlines_missed, 2u);
}

TEST_F(HttpTls, ASlowRequestIsToldSo) {
  serve_with(echo_body, {.limits = {.header_deadline = 60ms}});
  const auto client = tls_client();
  client->send("GET / HTTP/1.1\r\nHost:");
  EXPECT_TRUE(client->read_to_goodbye().starts_with("HTTP/1.1 408 "));
  const auto silent = tls_client();
  EXPECT_EQ(silent->read_to_goodbye(), "");
}

TEST_F(HttpTls, AConnectionThatIsCutIsForgotten) {
  std::vector<Responder> kept;
  serve_with([&](const Request&, Responder responder) { kept.push_back(std::move(responder)); });
  const auto idle = tls_client();
  const auto in_its_middle = tls_client();
  in_its_middle->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  idle->hang_up();
  in_its_middle->hang_up();
  EXPECT_TRUE(comes_to(0, k_open));
}

TEST_F(HttpTls, DrainSaysGoodbye) {
  serve_with(echo_body);
  const auto idle = tls_client();
  idle->send(post("/", "x"));
  idle->read_until(":x\n");
  RawClient in_its_handshake(server_->port());
  EXPECT_TRUE(comes_to(2, k_open));
  server_->drain(20s);
  EXPECT_EQ(server_->counters().connections_open, 0u);
  EXPECT_EQ(idle->read_to_goodbye(), "");
  EXPECT_EQ(in_its_handshake.read_to_end(), "");
}

TEST_F(HttpTls, AnAddressThatAskedTooOftenGetsNoHandshake) {
  std::atomic<int> left{2};
  ServerOptions options;
  options.may_shake_hands = [&](const Address& peer) { return peer.text() == "127.0.0.1" && left-- > 0; };
  serve_with(echo_body, std::move(options));
  const auto first = tls_client(), second = tls_client();
  EXPECT_FALSE(TlsClient(server_->port(), client_context_).has_shaken_hands());
  EXPECT_TRUE(comes_to(1, [](const ServerCounters& c) { return c.handshakes_refused; }));
  EXPECT_EQ(server_->counters().handshakes_failed, 0u);
}

TEST_F(HttpTls, APlainDoorBesideIt) {
  serve_with(echo_body, {.workers = 2, .plain_door = DoorAddress{}});
  ASSERT_NE(server_->plain_port(), 0);
  auto plain = Client::connect("http://127.0.0.1:" + std::to_string(server_->plain_port()));
  const auto response = plain->request({.method = "POST", .target = "/plain", .body = "x"});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body, "/plain:x\n");
  EXPECT_EQ(response->header("Strict-Transport-Security"), "");
  auto secure = https_client();
  EXPECT_EQ(secure->request({.method = "POST", .target = "/secure", .body = "x"})->body, "/secure:x\n");
  server_->drain(20s);
  EXPECT_EQ(server_->counters().connections_open, 0u);
}

}  // namespace
}  // namespace ostraka::http
