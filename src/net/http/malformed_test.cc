#include <gtest/gtest.h>

#include "net/http/raw_client_test.h"
#include "net/http/server.h"

namespace ostraka::http {
namespace {

struct Case {
  const char* situation;
  std::string request;
  unsigned status;
};

const std::string k_get = "GET / HTTP/1.1\r\n";
const std::string k_host = "Host: h\r\n";
const std::string k_post = "POST / HTTP/1.1\r\nHost: h\r\n";
const std::string k_chunked = k_post + "Transfer-Encoding: chunked\r\n\r\n";

std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) {
    fields += "X-" + std::to_string(i) + ": y\r\n";
  }
  return fields;
}

std::string with_nul(std::string text) {
  text[text.find('@')] = '\0';
  return text;
}

std::vector<Case> cases() {
  return {
      {"NotHttp", "\x16\x03\x01", 400},
      {"Http09", "GET /\r\n\r\n", 400},
      {"Http09WithoutAnEnd", "GET /\r\n", 400},
      {"NoTarget", "GET HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"UnknownVersion", "GET / HTTP/3.7\r\n" + k_host + "\r\n", 505},
      {"TwoDigitVersion", "GET / HTTP/1.10\r\n" + k_host + "\r\n", 400},
      {"LowerCaseVersion", "GET / http/1.1\r\n" + k_host + "\r\n", 400},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"SpaceInTarget", "GET /a b HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"TwoSpaces", "GET  / HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"ControlInTarget", "GET /a\x01 HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"NonAsciiTarget", "GET /\xc3\xa9 HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"FragmentInTarget", "GET /a#b HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"RelativeTarget", "GET a HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"AuthorityTarget", "CONNECT h:80 HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"AsteriskForGet", "GET * HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"BadMethod", "GE(T / HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"LeadingSpace", " GET / HTTP/1.1\r\n" + k_host + "\r\n", 400},
      {"BareLineFeeds", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"BareLineFeedInField", k_get + k_host + "X: a\n\r\n", 400},
      {"BareCarriageReturn", k_get + k_host + "X: a\rb\r\n\r\n", 400},
      {"NulInField", with_nul(k_get + k_host + "X: a@b\r\n\r\n"), 400},
      {"NulInName", with_nul(k_get + k_host + "X@: a\r\n\r\n"), 400},
      {"FoldedField", k_get + k_host + "X: a\r\n b\r\n\r\n", 400},
      {"FoldedFirstField", k_get + " Host: h\r\n\r\n", 400},
      {"SpaceBeforeColon", k_get + k_host + "X : a\r\n\r\n", 400},
      {"NoName", k_get + k_host + ": a\r\n\r\n", 400},
      {"NoColon", k_get + k_host + "X\r\n\r\n", 400},
      {"NoHost", k_get + "\r\n", 400},
      {"EmptyHost", k_get + "Host:\r\n\r\n", 400},
      {"TwoHosts", k_get + k_host + k_host + "\r\n", 400},
      {"PathInHost", k_get + "Host: h/x\r\n\r\n", 400},
      {"TwoAuthorizations", k_get + k_host + "Authorization: a\r\nAuthorization: b\r\n\r\n", 400},
      {"LengthBesideChunked", k_post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"ChunkedBesideLength", k_post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
      {"TwoLengths", k_post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"TwoEqualLengths", k_post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"ListOfLengths", k_post + "Content-Length: 5, 5\r\n\r\nhello", 400},
      {"NegativeLength", k_post + "Content-Length: -5\r\n\r\n", 400},
      {"LengthWithPlus", k_post + "Content-Length: +5\r\n\r\nhello", 400},
      {"HexLength", k_post + "Content-Length: 0x5\r\n\r\nhello", 400},
      {"EmptyLength", k_post + "Content-Length:\r\n\r\n", 400},
      {"LengthBeyond64Bits", k_post + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {"UnknownCoding", k_post + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {"CodingBeforeChunked", k_post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"ChunkedNotLast", k_post + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
      {"ChunkedTwice", k_post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"ChunkedInDisguise",
       k_post + "Transfer-Encoding: \x0b"
                "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"ChunkedOnHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"BadChunkSize", k_chunked + "zz\r\nhello\r\n0\r\n\r\n", 400},
      {"NegativeChunkSize", k_chunked + "-1\r\nhello\r\n0\r\n\r\n", 400},
      {"HugeChunkSize", k_chunked + "ffffffffffffffff\r\nhello", 413},
      {"OverflowingChunkSize", k_chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n", 400},
      {"ChunkWithoutItsEnd", k_chunked + "5\r\nhelloXX0\r\n\r\n", 400},
      {"BareLineFeedInChunk", k_chunked + "5\nhello\r\n0\r\n\r\n\r\n", 400},
      {"LengthInTrailers", k_chunked + "0\r\nContent-Length: 5\r\n\r\n", 400},
      {"EndlessChunkExtension", k_chunked + "5;" + std::string(20'000, 'x'), 431},
      {"EndlessTrailers", k_chunked + "0\r\nX: " + std::string(20'000, 'x'), 431},
      {"UnknownExpectation", k_post + "Expect: a-miracle\r\n\r\n", 417},
      {"LargeRequestLine", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n" + k_host + "\r\n", 431},
      {"LargeField", k_get + k_host + "X: " + std::string(20'000, 'a') + "\r\n\r\n", 431},
      {"TooManyFields", k_get + k_host + many_fields(200) + "\r\n", 431},
      {"LargeBody", k_post + "Content-Length: 70000\r\n\r\n" + std::string(70'000, 'x'), 413},
      {"LargeChunkedBody", k_chunked + "11170\r\n" + std::string(70'000, 'x') + "\r\n0\r\n\r\n", 413},
  };
}

class Malformed : public testing::TestWithParam<Case> {};

TEST_P(Malformed, IsAnsweredWithAProblemAndClosed) {
  std::atomic<int> handled{0};
  const auto server = Server::start({}, [&](const Request&, Responder) { ++handled; });
  ASSERT_TRUE(server.has_value());
  RawClient raw((*server)->port());
  raw.send(GetParam().request);
  const std::string reply = raw.read_to_end();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 " + std::to_string(GetParam().status) + " ")) << reply;
  EXPECT_NE(reply.find("\r\nContent-Type: application/problem+json\r\n"), std::string::npos) << reply;
  EXPECT_NE(reply.find("\r\nConnection: close\r\n"), std::string::npos) << reply;
  EXPECT_EQ(reply.find("HTTP/1.1 ", 1), std::string::npos) << "one answer, whatever stands behind: " << reply;
  EXPECT_EQ(handled.load(), 0);
  EXPECT_EQ((*server)->counters().requests_malformed, 1u);
}

INSTANTIATE_TEST_SUITE_P(Requests, Malformed, testing::ValuesIn(cases()),
                         [](const auto& parameter) { return std::string(parameter.param.situation); });

}  // namespace
}  // namespace ostraka::http
