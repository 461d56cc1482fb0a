#include "net/http/client.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "net/http/event_reader.h"
#include "net/http/server.h"
#include "net/http/url.h"

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;

TEST(ServerUrl, IsReadStrictly) {
  const auto url = parse_server_url("http://127.0.0.1:8080/");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host + "|" + url->port + "|" + url->host_header, "127.0.0.1|8080|127.0.0.1:8080");
  EXPECT_EQ(parse_server_url("http://[::1]:8080")->host, "::1");
  EXPECT_EQ(parse_server_url("http://example.org")->port, "80");
  const auto secure = parse_server_url("https://example.org");
  EXPECT_TRUE(secure->scheme == Scheme::https && secure->port == "443");
  EXPECT_EQ(url->scheme, Scheme::http);
  for (const char* wrong :
       {"", "127.0.0.1", "ftp://a", "http://", "http://a:", "http://a:x", "http://a/b", "http://a b"}) {
    EXPECT_FALSE(parse_server_url(wrong).has_value()) << wrong;
  }
}

TEST(Client, OpensAStaleConnectionAgain) {
  const auto answer = [](const Request&, Responder responder) {
    std::move(responder).send({.content_type = "text/plain", .body = "ok"});
  };
  auto server = Server::start({}, answer);
  ASSERT_TRUE(server.has_value());
  const std::uint16_t port = (*server)->port();
  auto client = Client::connect("http://127.0.0.1:" + std::to_string(port));
  ASSERT_TRUE(client->request({}).has_value());
  server->reset();
  server = Server::start({.port = port}, answer);
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const auto response = client->request({});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->body, "ok");
}

TEST(Client, AServerThatIsGoneIsAnError) {
  auto server = Server::start({}, [](const Request&, Responder) {});
  auto client = Client::connect("http://127.0.0.1:" + std::to_string((*server)->port()));
  ASSERT_TRUE(client.has_value());
  server->reset();
  EXPECT_EQ(client->request({}).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(client->request({}).error().kind, ErrorKind::unavailable);
}

TEST(Client, WaitsOnlySoLong) {
  std::vector<Responder> kept;
  const auto server =
      Server::start({}, [&](const Request&, Responder responder) { kept.push_back(std::move(responder)); });
  auto client = Client::connect("http://127.0.0.1:" + std::to_string((*server)->port()), {.request_deadline = 50ms});
  const auto response = client->request({});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::unavailable);
}

TEST(EventReader, PiecesDoNotMatter) {
  const std::string text =
      ": ping\n\nevent: results\ndata: {\"a\":1}\n\ndata:x\r\ndata: y\r\nid: 7\r\n\r\nevent: nothing\n\ndata\n\n";
  EXPECT_TRUE(rc::check("any cuts, the same events", [&] {
    EventReader reader;
    std::vector<std::string> seen;
    const auto take = [&](const ServerSentEvent& event) {
      seen.push_back(event.event + "/" + event.id + "/" + event.data);
      return Client::AfterEvent::go_on;
    };
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t count = *rc::gen::inRange<std::size_t>(1, 30);
      reader.take(std::string_view(text).substr(at, count), take);
      at += count;
    }
    RC_ASSERT(seen == (std::vector<std::string>{"results//{\"a\":1}", "message/7/x\ny", "message//"}));
  }));
}

}  // namespace
}  // namespace ostraka::http
