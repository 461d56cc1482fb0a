#include "net/http/server.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/http/client.h"
#include "net/http/raw_client_test.h"

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;

// Answers with what it was asked, so that a test sees what the handler saw.
void echo(const Request& request, Responder responder) {
  Response response;
  response.content_type = "text/plain";
  response.body.append(request.method).append(" ").append(request.path).append(" ");
  response.body.append(request.query).append(" ").append(request.body);
  std::move(responder).send(std::move(response));
}

std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {}) {
  Result<std::unique_ptr<Server>> server = Server::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << server.error().message;
  return std::move(*server);
}

Client client_of(const Server& server) {
  Result<Client> client = Client::connect("http://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_TRUE(client.has_value()) << client.error().message;
  return std::move(*client);
}

TEST(HttpServer, AnswersOnOneConnectionAgainAndAgain) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  for (int i = 0; i < 20; ++i) {
    const auto response =
        client.request({.method = "POST", .target = "/a?b=c", .body = "hello", .content_type = "text/plain"});
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->body, "POST /a b=c hello");
  }
  EXPECT_EQ(server->counters().connections_accepted, 1u);
}

TEST(HttpServer, ATurnEndsBehindWhatWasHandledInIt) {
  std::vector<std::vector<Responder>> gathered(2);
  ServerOptions options;
  options.workers = 2;
  options.on_turn_end = [&](unsigned worker) {
    for (Responder& responder : gathered[worker]) {
      std::move(responder).send({.status = 204});
    }
    gathered[worker].clear();
  };
  const auto server = serve(
      [&](const Request& request, Responder responder) { gathered[request.worker].push_back(std::move(responder)); },
      std::move(options));
  for (int connection = 0; connection < 8; ++connection) {
    Client client = client_of(*server);
    for (int i = 0; i < 5; ++i) {
      const auto response = client.request({.method = "POST", .target = "/"});
      ASSERT_TRUE(response.has_value()) << response.error().message;
      EXPECT_EQ(response->status, 204u);
    }
  }
}

TEST(HttpServer, EveryReplyCarriesTheSecurityHeaders) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  const auto response = client.request({});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->header("x-content-type-options"), "nosniff");
  EXPECT_EQ(response->header("cache-control"), "no-store");
  EXPECT_EQ(response->header("referrer-policy"), "no-referrer");
  EXPECT_EQ(response->header("cross-origin-resource-policy"), "same-origin");
  EXPECT_EQ(response->header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_FALSE(response->header("date").empty());
}

TEST(HttpServer, AHandlersOwnHeaderReplacesTheDefault) {
  const auto server = serve([](const Request&, Responder responder) {
    Response response;
    response.headers = {{"cache-control", "public, max-age=1"}};
    std::move(responder).send(std::move(response));
  });
  Client client = client_of(*server);
  const auto response = client.request({});
  ASSERT_TRUE(response.has_value());
  std::size_t seen = 0;
  for (const auto& [name, value] : response->headers) {
    seen += equal_without_case(name, "Cache-Control") ? 1 : 0;
  }
  EXPECT_EQ(seen, 1u);
  EXPECT_EQ(response->header("Cache-Control"), "public, max-age=1");
  EXPECT_EQ(response->header("X-Content-Type-Options"), "nosniff");
}

TEST(HttpServer, AReplyMayComeFromAnotherThread) {
  const auto server = serve([](const Request& request, Responder responder) {
    std::thread([body = std::string(request.body), kept = std::make_shared<Responder>(std::move(responder))] {
      std::move(*kept).send({.content_type = "text/plain", .body = body});
    }).detach();
  });
  Client client = client_of(*server);
  for (int i = 0; i < 20; ++i) {
    const auto response = client.request({.method = "POST", .body = "later"});
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->body, "later");
  }
}

TEST(HttpServer, ADroppedResponderAnswers500) {
  const auto server = serve([](const Request&, Responder) {});
  Client client = client_of(*server);
  const auto response = client.request({});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 500u);
  EXPECT_EQ(response->content_type, "application/problem+json");
}

TEST(HttpServer, AnExceptionOfTheHandlerAnswers500) {
  const auto server = serve([](const Request&, Responder) { throw std::runtime_error("broken"); });
  Client client = client_of(*server);
  const auto response = client.request({});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 500u);
  EXPECT_EQ(response->body.find("broken"), std::string::npos);
}

TEST(HttpServer, AResponderThatOutlivesTheServerIsHarmless) {
  std::promise<Responder> kept;
  auto server = serve([&](const Request&, Responder responder) { kept.set_value(std::move(responder)); });
  RawClient raw(server->port());
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  Responder responder = kept.get_future().get();
  server.reset();
  std::move(responder).send({});
  EXPECT_EQ(raw.read_to_end(), "");
}

TEST(HttpServer, HeadGetsTheLengthWithoutTheBody) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request({.method = "HEAD", .target = "/abc"});
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(response->header("content-length"), "11");
  }
}

TEST(HttpServer, LargeBodiesBothWays) {
  ServerOptions options;
  options.limits.body_bytes_max = 4 * 1024 * 1024;
  const auto server = serve(
      [](const Request& request, Responder responder) {
        Response response;
        response.content_type = "application/octet-stream";
        response.shared_body = std::make_shared<const std::string>(request.body);
        std::move(responder).send(std::move(response));
      },
      options);
  Client client = client_of(*server);
  std::string body(4 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4099) {
    body[i] = static_cast<char>('a' + i % 26);
  }
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request({.method = "POST", .body = body});
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_TRUE(response->body == body);
  }
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  const auto server = serve(echo);
  RawClient raw(server->port());
  std::string requests, expected_paths;
  for (int i = 0; i < 300; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  }
  requests += "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  raw.send(requests);
  const std::string replies = raw.read_to_end();
  std::size_t at = 0;
  for (int i = 0; i < 300; ++i) {
    at = replies.find("POST /" + std::to_string(i) + "  abc", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_NE(replies.find("GET /last", at), std::string::npos);
}

TEST(HttpServer, PipelinedBehindASlowAnswerWaits) {
  std::promise<Responder> first;
  std::atomic<int> calls{0};
  const auto server = serve([&](const Request& request, Responder responder) {
    if (calls.fetch_add(1) == 0) {
      first.set_value(std::move(responder));
      return;
    }
    echo(request, std::move(responder));
  });
  RawClient raw(server->port());
  raw.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  Responder responder = first.get_future().get();
  EXPECT_EQ(calls.load(), 1);
  std::move(responder).send({.content_type = "text/plain", .body = "first"});
  const std::string replies = raw.read_to_end();
  EXPECT_LT(replies.find("first"), replies.find("GET /2"));
  EXPECT_NE(replies.find("GET /2"), std::string::npos);
}

TEST(HttpServer, ContinueIsSaidToWhoeverWaitsForIt) {
  const auto server = serve(echo);
  RawClient raw(server->port());
  raw.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(raw.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  raw.send("ok");
  EXPECT_NE(raw.read_to_end().find("POST /  ok"), std::string::npos);
}

TEST(HttpServer, ABodyThatIsTooLargeGetsNoContinue) {
  const auto server = serve(echo);
  RawClient raw(server->port());
  raw.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(raw.read_to_end().starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, ConnectionsBeyondTheCapAreClosed) {
  ServerOptions options;
  options.limits.connections_max = 2;
  const auto server = serve(echo, options);
  Client first = client_of(*server), second = client_of(*server);
  ASSERT_TRUE(first.request({}).has_value());
  ASSERT_TRUE(second.request({}).has_value());
  RawClient third(server->port());
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_EQ(server->counters().connections_refused, 1u);
  EXPECT_TRUE(first.request({}).has_value());
}

TEST(HttpServer, AConnectionServesItsShareOfRequestsAndSaysSo) {
  ServerOptions options;
  options.limits.requests_per_connection_max = 2;
  const auto server = serve(echo, options);
  Client client = client_of(*server);
  EXPECT_EQ(client.request({})->header("connection"), "");
  EXPECT_EQ(client.request({})->header("connection"), "close");
  EXPECT_EQ(client.request({})->status, 200u);
  EXPECT_EQ(server->counters().connections_accepted, 2u);
}

TEST(HttpServer, ASecondServerOnThePortIsRefused) {
  for (unsigned workers : {1u, 2u}) {
    ServerOptions options;
    options.workers = workers;
    const auto server = serve(echo, options);
    options.port = server->port();
    const auto second = Server::start(options, echo);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  }
}

TEST(HttpServer, Http10IsSpokenToThoseWhoAskForIt) {
  const auto server = serve(echo);
  RawClient closing(server->port());
  closing.send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_NE(closing.read_to_end().find("Connection: close"), std::string::npos);
  RawClient keeping(server->port());
  keeping.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(keeping.read_until("GET /a  ").find("Connection: keep-alive"), std::string::npos);
  keeping.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_NE(keeping.read_to_end().find("GET /b"), std::string::npos);
}

TEST(HttpServer, ForwardedAddressesAreBelievedFromTrustedProxiesOnly) {
  const auto tell_peer = [](const Request& request, Responder responder) {
    std::move(responder).send({.content_type = "text/plain", .body = std::string(request.peer)});
  };
  const auto believing = serve(tell_peer, {.trusted_proxies = {"127.0.0.0/8"}});
  const auto doubting = serve(tell_peer, {.trusted_proxies = {"10.0.0.0/8"}});
  const ClientRequest request{.headers = {{"X-Forwarded-For", "6.6.6.6, 192.0.2.7"}, {"X-Forwarded-For", "127.0.0.9"}}};
  EXPECT_EQ(client_of(*believing).request(request)->body, "192.0.2.7");
  EXPECT_EQ(client_of(*believing).request({})->body, "127.0.0.1");
  EXPECT_EQ(client_of(*doubting).request(request)->body, "127.0.0.1");
}

// A sweep, or an accepted connection, that was due in the moment of the stop used to begin the next one: the destructor
// waited for ever.
TEST(HttpServer, StopsInTheMiddleOfAnything) {
  ServerOptions options;
  options.limits.idle_deadline = 8ms;  // the shortest sweep
  auto first = serve(echo, options);
  options.port = first->port();
  first.reset();
  std::atomic<bool> is_over{false};
  std::thread knocking([&] {
    while (!is_over) {
      const auto client = Client::connect("http://127.0.0.1:" + std::to_string(options.port));
    }
  });
  for (int i = 0; i < 100; ++i) {
    const auto server = Server::start(options, echo);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    const auto enough = std::chrono::steady_clock::now() + std::chrono::microseconds(4900 + 3 * i);
    while (std::chrono::steady_clock::now() < enough) {
      std::this_thread::yield();
    }
  }
  is_over = true;
  knocking.join();
}

TEST(HttpServer, ManyThreadsAndManyConnections) {
  ServerOptions options;
  options.workers = 3;
  const auto server = serve(
      [](const Request& request, Responder responder) {
        if (request.path == "/here") {
          return echo(request, std::move(responder));
        }
        std::thread([kept = std::make_shared<Responder>(std::move(responder))] {
          std::move(*kept).send({.content_type = "text/plain", .body = "elsewhere"});
        }).detach();
      },
      options);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      Client client = client_of(*server);
      for (int i = 0; i < 50; ++i) {
        const auto here = client.request({.method = "POST", .target = "/here", .body = "x"});
        const auto elsewhere = client.request({.target = "/elsewhere"});
        wrong += !here || here->body != "POST /here  x" || !elsewhere || elsewhere->body != "elsewhere";
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace ostraka::http
