// However the network cuts a request into pieces, the handler sees the same one.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <mutex>

#include "net/http/head_scanner.h"
#include "net/http/raw_client_test.h"
#include "net/http/request_parser.h"
#include "net/http/server.h"

namespace ostraka::http {
namespace {

std::string chunked(const std::string& body, const std::vector<std::size_t>& sizes) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t size : sizes) {
    const std::string piece = body.substr(at, size);
    if (piece.empty()) {
      break;
    }
    char digits[20];
    std::snprintf(digits, sizeof digits, "%zX", piece.size());
    out += std::string(digits) + ";ext=1\r\n" + piece + "\r\n";
    at += piece.size();
  }
  if (at < body.size()) {
    char digits[20];
    std::snprintf(digits, sizeof digits, "%zx", body.size() - at);
    out += std::string(digits) + "\r\n" + body.substr(at) + "\r\n";
  }
  return out + "0\r\nTrailer: dropped\r\n\r\n";
}

TEST(HttpSplits, PiecesDoNotMatter) {
  std::mutex mutex;
  std::vector<std::string> seen;
  const auto server = Server::start({}, [&](const Request& request, Responder responder) {
    {
      const std::lock_guard lock(mutex);
      seen.push_back(std::string(request.method) + " " + std::string(request.path) + " " +
                     std::string(request.header("x-mark")) + " " + std::string(request.header("trailer")) +
                     std::string(request.body));
    }
    std::move(responder).send({.content_type = "text/plain", .body = "ok"});
  });
  ASSERT_TRUE(server.has_value());
  EXPECT_TRUE(rc::check("any cuts, one request", [&] {
    const auto body = *rc::gen::resize(2000, rc::gen::arbitrary<std::string>());
    const bool is_chunked = *rc::gen::arbitrary<bool>();
    const auto sizes = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 500));
    std::string request = "POST /a?b HTTP/1.1\r\nHost: h\r\nX-Mark: m\r\n";
    request += is_chunked ? "Transfer-Encoding: chunked\r\n\r\n" + chunked(body, sizes)
                          : "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    const std::string both = request + request.substr(0, request.find("\r\n") + 2) + "Connection: close\r\n" +
                             request.substr(request.find("\r\n") + 2);
    seen.clear();
    RawClient raw((*server)->port());
    std::size_t at = 0;
    while (at < both.size()) {
      const std::size_t count = *rc::gen::inRange<std::size_t>(1, 400);
      raw.send(std::string_view(both).substr(at, count));
      at += count;
    }
    raw.read_to_end();
    const std::lock_guard lock(mutex);
    RC_ASSERT(seen.size() == 2u);
    RC_ASSERT(seen[0] == "POST /a m " + body);
    RC_ASSERT(seen[1] == seen[0]);
  }));
}

TEST(HttpSplits, TheHeadScannerAnswersTheSameForAnyCuts) {
  EXPECT_TRUE(rc::check("scanning in pieces is scanning at once", [] {
    const auto alphabet = rc::gen::elementOf(std::string("GT /H1.\r\n\r\n: a"));
    std::string text = *rc::gen::element<std::string>("", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nA: b\r\n");
    text += *rc::gen::container<std::string>(alphabet);
    HeadScanner whole;
    const HeadScanner::State at_once = whole.scan(text);
    HeadScanner pieces;
    HeadScanner::State state = HeadScanner::State::need_more;
    for (std::size_t end = 0; end <= text.size() && state == HeadScanner::State::need_more;
         end += *rc::gen::inRange<std::size_t>(1, 5)) {
      state = pieces.scan(std::string_view(text).substr(0, end));
    }
    if (state == HeadScanner::State::need_more) {
      state = pieces.scan(text);
    }
    RC_ASSERT(state == at_once);
    if (state == HeadScanner::State::complete) {
      RC_ASSERT(pieces.head_bytes() == whole.head_bytes());
    }
  }));
}

// Found by http_request_fuzz: four bytes of an empty body's five ended the process, by an assertion of Beast's.
TEST(HttpSplits, AnEmptyChunkedBodyArrivesByteByByte) {
  const RequestParser::Bounds bounds{1024, 16, 1024};
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string wire :
       {"0\r\n\r\n", "000\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nA: b\r\n\r\n", "1\r\nx\r\n0\r\n\r\n"}) {
    Fields fields;
    std::string body;
    RequestParser parser(bounds, fields, body);
    ASSERT_FALSE(parser.take_head(head));
    std::string waiting;
    RequestParser::BodyProgress progress;
    for (const char byte : wire) {
      EXPECT_FALSE(progress.is_complete) << wire;
      waiting += byte;
      progress = parser.take_chunks(waiting);
      ASSERT_FALSE(progress.refusal) << wire;
      waiting.erase(0, progress.taken);
    }
    EXPECT_TRUE(progress.is_complete) << wire;
    EXPECT_EQ(body, wire[0] == '1' ? "x" : "");
  }
}

}  // namespace
}  // namespace ostraka::http
