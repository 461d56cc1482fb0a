// Slow peers, streams and drain: everything that takes time, with limits small enough to wait for.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "net/http/client.h"
#include "net/http/raw_client_test.h"
#include "net/http/server.h"

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;
using Elapsed = std::chrono::steady_clock;

void answer_ok(const Request&, Responder responder) {
  std::move(responder).send({.content_type = "text/plain", .body = "ok"});
}

std::unique_ptr<Server> serve_within(Handler handler, Limits limits = {}) {
  Result<std::unique_ptr<Server>> server = Server::start({.limits = limits}, std::move(handler));
  EXPECT_TRUE(server.has_value());
  return std::move(*server);
}

std::shared_ptr<const std::string> piece(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

template <class Condition>
bool soon(Condition condition) {
  const auto deadline = Elapsed::now() + 20s;
  while (!condition()) {
    if (Elapsed::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

TEST(HttpDeadlines, AHeaderThatDoesNotArrive) {
  const auto server = serve_within(answer_ok, {.header_deadline = 60ms});
  RawClient raw(server->port());
  const auto begun = Elapsed::now();
  raw.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_TRUE(raw.read_to_end().starts_with("HTTP/1.1 408 "));
  EXPECT_GE(Elapsed::now() - begun, 55ms);
  EXPECT_EQ(server->counters().deadlines_missed, 1u);
}

TEST(HttpDeadlines, AHeaderThatDripsIsNotGivenMoreTimeByEachByte) {
  const auto server = serve_within(answer_ok, {.header_deadline = 100ms});
  RawClient raw(server->port());
  std::promise<void> over;
  std::thread dripping([&, is_over = over.get_future()] {
    raw.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
    while (is_over.wait_for(5ms) == std::future_status::timeout) {
      raw.send("x");
    }
  });
  EXPECT_TRUE(raw.read_until("\r\n").starts_with("HTTP/1.1 408 "));
  over.set_value();
  dripping.join();
}

TEST(HttpDeadlines, ABodyThatDoesNotArrive) {
  const auto server = serve_within(answer_ok, {.body_deadline = 60ms});
  for (const char* framing : {"Content-Length: 5\r\n\r\nhe", "Transfer-Encoding: chunked\r\n\r\n5\r\nhe"}) {
    RawClient raw(server->port());
    raw.send(std::string("POST / HTTP/1.1\r\nHost: h\r\n") + framing);
    EXPECT_TRUE(raw.read_to_end().starts_with("HTTP/1.1 408 ")) << framing;
  }
}

TEST(HttpDeadlines, AnIdleConnectionIsClosedWithoutAWord) {
  const auto server = serve_within(answer_ok, {.idle_deadline = 60ms});
  RawClient raw(server->port());
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(raw.read_until("\r\n\r\nok").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(raw.read_to_end(), "");
  EXPECT_EQ(server->counters().deadlines_missed, 0u);
}

TEST(HttpDeadlines, AConnectionWithoutARequestIsClosed) {
  const auto server = serve_within(answer_ok, {.header_deadline = 60ms});
  RawClient raw(server->port());
  EXPECT_EQ(raw.read_to_end(), "");
}

TEST(HttpDeadlines, AReplyThatIsNotTaken) {
  const auto body = piece(std::string(32 * 1024 * 1024, 'x'));
  const auto server = serve_within(
      [&](const Request&, Responder responder) {
        std::move(responder).send({.content_type = "text/plain", .shared_body = body});
      },
      {.write_deadline = 60ms});
  RawClient raw(server->port(), 4096);
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(soon([&] { return server->counters().deadlines_missed == 1; }));
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST(HttpDeadlines, AHandlerMayTakeItsTime) {
  std::promise<Responder> kept;
  const auto server =
      serve_within([&](const Request&, Responder responder) { kept.set_value(std::move(responder)); },
            {.header_deadline = 40ms, .body_deadline = 40ms, .idle_deadline = 40ms, .write_deadline = 40ms});
  RawClient raw(server->port());
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  Responder responder = kept.get_future().get();
  // Longer than every deadline: another connection's is missed meanwhile.
  RawClient other(server->port());
  other.send("GET");
  EXPECT_TRUE(other.read_to_end().starts_with("HTTP/1.1 408 "));
  std::move(responder).send({.content_type = "text/plain", .body = "at last"});
  raw.read_until("at last");
}

TEST(HttpStreams, EventsArriveAsTheyAreSentAndTheStreamEndsProperly) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = serve_within([&](const Request&, Responder responder) {
    started.set_value(
        std::move(responder).start_stream({.content_type = "text/event-stream", .body = "retry: 2000\n\n"}));
  });
  auto events = std::async(std::launch::async, [&] {
    auto client = Client::connect("http://127.0.0.1:" + std::to_string(server->port()));
    std::vector<std::string> seen;
    const auto end = client->follow_events({}, [&](const ServerSentEvent& event) {
      seen.push_back(event.event + "=" + event.data);
      return Client::AfterEvent::go_on;
    });
    EXPECT_FALSE(end.has_value());
    return seen;
  });
  auto stream = started.get_future().get();
  stream->send(piece("event: results\ndata: 1\n\n"));
  stream->send(piece(": ping\n\n"));
  stream->send(piece("data: a\ndata: b\n\n"));
  EXPECT_TRUE(soon([&] { return stream->waiting_bytes() == 0; }));
  stream->close();
  EXPECT_EQ(events.get(), (std::vector<std::string>{"results=1", "message=a\nb"}));
  EXPECT_FALSE(stream->is_open());
}

TEST(HttpStreams, OnHttp10TheEndOfTheConnectionIsTheEnd) {
  const auto server = serve_within([&](const Request&, Responder responder) {
    auto stream = std::move(responder).start_stream({.content_type = "text/event-stream", .body = "data: 1\n\n"});
    stream->send(piece("data: 2\n\n"));
  });
  RawClient raw(server->port());
  raw.send("GET / HTTP/1.0\r\n\r\n");
  const std::string reply = raw.read_to_end();
  EXPECT_EQ(reply.find("chunked"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("\r\n\r\ndata: 1\n\ndata: 2\n\n")) << reply;
}

TEST(HttpStreams, AReaderThatGoesAwayIsNoticed) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = serve_within([&](const Request&, Responder responder) {
    started.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
  });
  auto raw = std::make_unique<RawClient>(server->port());
  raw->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = started.get_future().get();
  raw->read_until("\r\n\r\n");
  EXPECT_TRUE(stream->is_open());
  raw.reset();
  EXPECT_TRUE(soon([&] { return !stream->is_open(); }));
}

TEST(HttpStreams, AReaderThatFallsBehindIsCutOff) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = serve_within(
      [&](const Request&, Responder responder) {
        started.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
      },
      {.stream_backlog_bytes_max = 1000});
  RawClient raw(server->port(), 4096);
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = started.get_future().get();
  stream->send(piece(std::string(16 * 1024 * 1024, 'x')));  // larger than the bound, but alone
  EXPECT_TRUE(stream->is_open());
  for (int i = 0; i < 20; ++i) {
    stream->send(piece(std::string(100, 'y')));
  }
  EXPECT_FALSE(stream->is_open());
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

// What the kernel would take for a reader that does not read is megabytes of documents that are out of date.
TEST(HttpStreams, WhoDoesNotReadHoldsAFewPiecesAndIsCutOffAtTheWriteDeadline) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = serve_within(
      [&](const Request&, Responder responder) {
        started.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
      },
      {.write_deadline = 400ms});
  RawClient raw(server->port(), 4096);
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = started.get_future().get();
  constexpr std::size_t k_piece_bytes = 1000;
  std::size_t taken = 0;
  EXPECT_TRUE(soon([&] {
    if (stream->is_open() && stream->waiting_bytes() == 0) {
      stream->send(piece(std::string(k_piece_bytes, 'x')));
      ++taken;
    }
    return !stream->is_open();
  }));
  EXPECT_GT(taken, 1u);
  EXPECT_LT(taken * k_piece_bytes, 64u * 1024);
  EXPECT_EQ(server->counters().deadlines_missed, 1u);
}

TEST(HttpStreams, WhoReadsAgainInTimeGetsThePieceThatWaitedWhole) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = serve_within([&](const Request&, Responder responder) {
    started.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
  });
  RawClient raw(server->port(), 4096);
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = started.get_future().get();
  const std::string body(20'000, 'x');
  int sent = 0;
  while (stream->waiting_bytes() == 0) {
    stream->send(piece("data: " + std::to_string(++sent) + body + "\n\n"));
    for (int i = 0; i < 50 && stream->waiting_bytes() > 0; ++i) {
      std::this_thread::sleep_for(1ms);
    }
  }
  raw.read_until("data: " + std::to_string(sent) + body + "\n\n");
  EXPECT_TRUE(soon([&] { return stream->waiting_bytes() == 0; }));
  stream->send(piece("data: latest\n\n"));
  raw.read_until("data: latest\n\n\r\n");
  EXPECT_TRUE(stream->is_open());
}

TEST(HttpStreams, WhatAWatcherSaysIsDroppedAndBounded) {
  std::promise<std::shared_ptr<EventStream>> started;
  const auto server = serve_within([&](const Request&, Responder responder) {
    started.set_value(std::move(responder).start_stream({.content_type = "text/event-stream"}));
  });
  RawClient raw(server->port());
  raw.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n");
  const auto stream = started.get_future().get();
  raw.send(std::string(500'000, 'x'));
  stream->send(piece("data: 1\n\n"));
  raw.read_until("data: 1\n\n");
  EXPECT_TRUE(stream->is_open());
  raw.send(std::string(800'000, 'x'));
  EXPECT_TRUE(soon([&] { return !stream->is_open(); }));
}

TEST(HttpDrain, OpenExchangesAreFinishedAndIdleConnectionsClosed) {
  std::promise<Responder> kept;
  const auto server = serve_within([&](const Request& request, Responder responder) {
    if (request.path == "/slow") {
      return kept.set_value(std::move(responder));
    }
    answer_ok(request, std::move(responder));
  });
  RawClient idle(server->port()), busy(server->port());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.read_until("\r\n\r\nok");
  busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  Responder responder = kept.get_future().get();
  auto drained = std::async(std::launch::async, [&] { server->drain(20s); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(drained.wait_for(0s), std::future_status::timeout);
  std::move(responder).send({.content_type = "text/plain", .body = "done"});
  const std::string reply = busy.read_to_end();
  EXPECT_NE(reply.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("done"));
  drained.get();
  EXPECT_EQ(server->counters().connections_open, 0u);
  EXPECT_FALSE(Client::connect("http://127.0.0.1:" + std::to_string(server->port())).has_value());
}

TEST(HttpDrain, StreamsEndAndTheTimeIsKept) {
  std::promise<std::shared_ptr<EventStream>> started;
  std::promise<Responder> never;
  const auto server = serve_within([&](const Request& request, Responder responder) {
    if (request.path == "/never") {
      return never.set_value(std::move(responder));
    }
    started.set_value(std::move(responder).start_stream({.content_type = "text/event-stream", .body = "data: 1\n\n"}));
  });
  RawClient watching(server->port()), waiting(server->port());
  watching.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  waiting.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = started.get_future().get();
  const Responder responder = never.get_future().get();
  server->drain(50ms);
  EXPECT_TRUE(watching.read_to_end().ends_with("0\r\n\r\n"));
  EXPECT_FALSE(stream->is_open());
}

}  // namespace
}  // namespace ostraka::http
